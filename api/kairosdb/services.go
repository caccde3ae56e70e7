package kairosdb

import (
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"aion/api/access"
	"aion/api/kairosdb/gson"
	"aion/storage"
	"aion/storage/points"
)

// metadataRoutes are the resources of the metadata service: KairosDB's key store.
func (p *Protocol) metadataRoutes() []route {
	return []route{
		{path: "/metadata"},
		{path: "/metadata/{service}", read: access.ReadData, get: p.withServices(p.listServiceKeys)},
		{path: "/metadata/{service}/{serviceKey}", read: access.ReadData, get: p.withServices(p.listKeys)},
		{
			path: "/metadata/{service}/{serviceKey}/{key}", plain: p.is().plainValues, read: access.ReadData, change: access.WriteData,
			get: p.withServices(p.readValue), post: p.withServices(p.storeValue), delete: p.withServices(p.removeValue),
		},
	}
}

// withServices gives a handler the client's key store. Services whose names begin with an
// underscore are KairosDB's own, and refused.
func (p *Protocol) withServices(handle func(echo.Context, storage.Services) error) echo.HandlerFunc {
	return func(c echo.Context) error {
		services, err := p.services(access.From(c.Request().Context()))
		switch {
		case err != nil:
			return err
		case strings.HasPrefix(c.Param("service"), "_"):
			p.setA(c)
			if p.wantsText(c) {
				p.setText(c)
			}
			return empty(c, http.StatusUnauthorized)
		case services == nil:
			return fmt.Errorf("the store keeps no metadata: %w", points.ErrUnavailable)
		}
		return handle(c, services)
	}
}

// wantsText tells whether a value is asked for as text.
func (p *Protocol) wantsText(c echo.Context) bool {
	method := c.Request().Method
	if !p.is().plainValues || method != http.MethodGet && method != http.MethodHead {
		return false
	}
	chosen, _ := preferred(c.Request().Header, mediaJSON, mediaText)
	return chosen == mediaText && len(c.ParamValues()) == 3
}

// setText makes the answer one of text.
func (p *Protocol) setText(c echo.Context) {
	c.Response().Header().Set(echo.HeaderContentType, mediaText+";charset=utf-8")
}

// listServiceKeys lists the service keys of a service, each once: KairosDB
// repeats them.
func (p *Protocol) listServiceKeys(c echo.Context, services storage.Services) error {
	keys, err := services.ServiceKeys(c.Request().Context(), c.Param("service"))
	if err != nil {
		return err
	}
	return p.listTexts(c, keys)
}

// listKeys lists the keys of a service key, those with a prefix if one is given.
func (p *Protocol) listKeys(c echo.Context, services storage.Services) error {
	prefix, _ := parameter(c, "startsWith")
	keys, err := services.Keys(c.Request().Context(), c.Param("service"), c.Param("serviceKey"), prefix)
	if err != nil {
		return err
	}
	return p.listTexts(c, keys)
}

// listTexts answers with texts.
func (p *Protocol) listTexts(c echo.Context, texts []string) error {
	return p.list(c, func(yield func(string, error) bool) {
		for _, text := range texts {
			if !yield(text, nil) {
				return
			}
		}
	}, nil)
}

// readValue answers with a value as it is, whatever the content type says.
func (p *Protocol) readValue(c echo.Context, services storage.Services) error {
	value, _, ok, err := services.Value(c.Request().Context(), c.Param("service"), c.Param("serviceKey"), c.Param("key"))
	switch {
	case err != nil:
		return err
	case p.wantsText(c):
		return p.answerPlain(c, value, ok)
	case !ok:
		return p.noValue(c)
	case value == "" && c.Request().Method == http.MethodGet:
		p.setA(c)
		c.Response().Header().Set(echo.HeaderVary, "Accept-Encoding, User-Agent")
		return empty(c, http.StatusOK)
	}
	return p.answerText(c, []byte(value))
}

// answerPlain answers with a value as text, or that there is none.
func (p *Protocol) answerPlain(c echo.Context, value string, ok bool) error {
	p.setA(c)
	p.setText(c)
	switch {
	case !ok:
		return empty(c, http.StatusNotFound)
	case value == "" || c.Request().Method == http.MethodHead:
		return empty(c, http.StatusOK)
	}
	return send(c, http.StatusOK, []byte(value))
}

// noValue answers that there is no value: until 1.2 with the text of a null
// pointer, of which there is none.
func (p *Protocol) noValue(c echo.Context) error {
	if !p.is().plainValues {
		return broken("")
	}
	p.setA(c)
	if c.Request().Method == http.MethodHead {
		return empty(c, http.StatusNotFound)
	}
	return send(c, http.StatusNotFound, []byte(`{"errors":["Key not found"]}`))
}

// storeValue stores the body as text, whatever it is.
func (p *Protocol) storeValue(c echo.Context, services storage.Services) error {
	value, err := io.ReadAll(p.input(c))
	if err != nil {
		return err
	}
	if err := services.Set(c.Request().Context(), c.Param("service"), c.Param("serviceKey"), c.Param("key"), gson.Valid(value)); err != nil {
		return err
	}
	return p.done(c)
}

// removeValue takes a value away, if it is there.
func (p *Protocol) removeValue(c echo.Context, services storage.Services) error {
	if err := services.Remove(c.Request().Context(), c.Param("service"), c.Param("serviceKey"), c.Param("key")); err != nil {
		return err
	}
	return p.done(c)
}
