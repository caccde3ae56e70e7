package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/alecthomas/kong"
	"go.yaml.in/yaml/v3"
)

// settings answers kong's questions for flags that the command line does not
// give: the environment first, then the file.
type settings struct {
	getenv func(string) string
	file   map[string]string // by the flag's name
}

// variable is the environment variable of a flag: http.max-body is
// AION_HTTP_MAX_BODY.
func variable(flag string) string {
	return "AION_" + strings.ToUpper(strings.NewReplacer(".", "_", "-", "_").Replace(flag))
}

// Validate has nothing to add: load has seen the keys.
func (s *settings) Validate(*kong.Application) error { return nil }

// Resolve is the value of a flag that was not given, nil where there is none.
func (s *settings) Resolve(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	if !isSetting(flag) {
		return nil, nil
	}
	if value := s.getenv(variable(flag.Name)); value != "" {
		return value, nil
	}
	if value, ok := s.file[flag.Name]; ok {
		return value, nil
	}
	return nil, nil
}

// isSetting tells whether a flag can be set by environment and file. --help
// cannot, and --config is asked for before both.
func isSetting(flag *kong.Flag) bool { return flag.Name != "help" && flag.Name != "config" }

// configured is what the commands have in common that take settings of the
// server, such as where its data are: they read its file.
type configured struct {
	Config string `help:"YAML file with settings of aion serve. A flag beats the environment, which beats the file." placeholder:"FILE"`
}

// read reads the file of settings that the command line or the environment
// names, if one does and the command has such a flag. Its keys are settings of
// serve, whatever the command.
func (s *settings) read(ctx *kong.Context) error {
	path := ""
	for _, flag := range flagsOf(ctx.Selected()) {
		if flag.Name == "config" {
			given, _ := ctx.FlagValue(flag).(string)
			path = cmp.Or(given, s.getenv(variable("config")))
		}
	}
	if path == "" {
		return nil
	}
	known := map[string]bool{}
	for _, command := range ctx.Model.Children {
		for _, flag := range command.Flags {
			if command.Name == "serve" {
				known[flag.Name] = isSetting(flag)
			}
		}
	}
	file, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("--config: %w", err)
	}
	defer file.Close()
	s.file, err = readSettings(file, known)
	if err != nil {
		return fmt.Errorf("--config: %s: %w", path, err)
	}
	return nil
}

// flagsOf are the flags of the command that a line names, none if it names none.
func flagsOf(node *kong.Node) []*kong.Flag {
	if node == nil {
		return nil
	}
	return node.Flags
}

// readSettings reads YAML whose keys are names of flags, dotted (http.listen) or
// nested (listen below http). A list is its elements with commas between, a comma
// within an element behind a backslash. A key that is not known is an error, as
// is one that is there twice.
func readSettings(r io.Reader, known map[string]bool) (map[string]string, error) {
	var document yaml.Node
	if err := yaml.NewDecoder(r).Decode(&document); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	values := map[string]string{}
	if len(document.Content) == 0 {
		return values, nil
	}
	return values, flatten(values, "", document.Content[0], known)
}

// flatten adds what stands in node, below the key prefix, to values. It goes no
// deeper than settings do, so that a document that contains itself ends.
func flatten(values map[string]string, prefix string, node *yaml.Node, known map[string]bool) error {
	if node.Kind == yaml.AliasNode {
		node = node.Alias
	}
	if node.Kind == yaml.MappingNode && isSection(prefix, known) {
		for i := 0; i+1 < len(node.Content); i += 2 {
			key := strings.TrimPrefix(prefix+"."+node.Content[i].Value, ".")
			if err := flatten(values, key, node.Content[i+1], known); err != nil {
				return err
			}
		}
		return nil
	}
	value, err := scalar(node)
	_, twice := values[prefix]
	switch {
	case !known[prefix]:
		return fmt.Errorf("line %d: %q is not a setting; aion serve --help lists them", node.Line, prefix)
	case twice:
		return fmt.Errorf("line %d: %s is set twice", node.Line, prefix)
	case err != nil:
		return fmt.Errorf("line %d: %s: %w", node.Line, prefix, err)
	}
	values[prefix] = value
	return nil
}

// isSection tells whether settings lie below the key.
func isSection(key string, known map[string]bool) bool {
	for name := range known {
		if key == "" || strings.HasPrefix(name, key+".") {
			return true
		}
	}
	return false
}

// scalar is the text of a value, or of a list of values.
func scalar(node *yaml.Node) (string, error) {
	if node.Kind == yaml.ScalarNode {
		return node.Value, nil
	}
	if node.Kind != yaml.SequenceNode {
		return "", errors.New("want one value or a list of values")
	}
	parts := make([]string, len(node.Content))
	for i, part := range node.Content {
		if part.Kind != yaml.ScalarNode {
			return "", errors.New("want one value or a list of values")
		}
		parts[i] = part.Value
	}
	return kong.JoinEscaped(parts, ','), nil
}
