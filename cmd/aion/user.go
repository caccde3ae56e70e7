package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"

	"golang.org/x/term"

	"aion/api/access"
)

// userCommand manages users.
type userCommand struct {
	Create userCreateCommand `cmd:"" help:"Make a user, who logs in with a name and a password."`
	List   userListCommand   `cmd:"" help:"List users."`
	Passwd userPasswdCommand `cmd:"" help:"Give a user another password."`
	Delete userDeleteCommand `cmd:"" help:"Take a user away."`
}

// passwordSettings say where a password comes from: never from the command line,
// where others can read it.
type passwordSettings struct {
	PasswordFile string `placeholder:"FILE" help:"File whose first line is the password. Without it a person is asked; in a pipe the first line is it."`
}

// password reads a password.
func (p *passwordSettings) password(to *streams) (string, error) {
	if p.PasswordFile != "" {
		return firstLineOf("--password-file", p.PasswordFile)
	}
	if !term.IsTerminal(int(os.Stdin.Fd())) {
		return firstLine("the pipe", os.Stdin)
	}
	first, err := prompt(to.err, "Password: ")
	if err != nil {
		return "", err
	}
	second, err := prompt(to.err, "The same again: ")
	if err != nil {
		return "", err
	}
	if first != second {
		return "", errors.New("the passwords are not the same")
	}
	return first, nil
}

// prompt asks a person, without showing the answer.
func prompt(to io.Writer, question string) (string, error) {
	if _, err := io.WriteString(to, question); err != nil {
		return "", err
	}
	text, err := term.ReadPassword(int(os.Stdin.Fd()))
	if _, told := fmt.Fprintln(to); err == nil {
		err = told
	}
	return string(text), err
}

// firstLineOf is the first line of the file that a setting names.
func firstLineOf(setting, path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("%s: %w", setting, err)
	}
	defer file.Close()
	return firstLine(setting, file)
}

// maxSecretFile is how much is read of a file with a secret.
const maxSecretFile = 64 << 10

// firstLine is the first line of what r has, which must not be empty.
func firstLine(setting string, r io.Reader) (string, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxSecretFile))
	if err != nil {
		return "", fmt.Errorf("%s: %w", setting, err)
	}
	line, _, _ := strings.Cut(string(text), "\n")
	if line = strings.TrimSuffix(line, "\r"); line == "" {
		return "", fmt.Errorf("%s: the first line is empty; want a secret there", setting)
	}
	return line, nil
}

// adviseOn says where a password is shorter than is wise.
func adviseOn(to io.Writer, password string) error {
	const wise = 8
	if len(password) >= wise {
		return nil
	}
	_, err := fmt.Fprintf(to, "a password of %d bytes is easily guessed; %d and more are wise\n", len(password), wise)
	return err
}

// userCreateCommand makes a user.
type userCreateCommand struct {
	operatorSettings
	passwordSettings
	Organization string `placeholder:"ID" help:"Tenant of the user; one that is not there yet is made. Without one it is the first."`
	Role         string `default:"member" enum:"viewer,member,admin,root" help:"The most that the user may do."`
	Name         string `arg:"" help:"Name to log in with."`
}

// Help is what user create --help prints below its first line.
func (*userCreateCommand) Help() string {
	return operatorHelp + "\n\nExample: aion user create ann --organization acme --role viewer --password-file ann.txt"
}

// Run makes the user and prints him.
func (c *userCreateCommand) Run(ctx context.Context, to *streams) error {
	password, err := c.password(to)
	if err != nil {
		return &ended{exitUsage, err}
	}
	if err := adviseOn(to.err, password); err != nil {
		return err
	}
	body := map[string]string{"name": c.Name, "password": password, "organization": c.Organization, "role": c.Role}
	return c.do(ctx, func(o *operator) error {
		var r access.UserRecord
		if err := o.ask(ctx, http.MethodPost, "/users", body, &r); err != nil {
			return err
		}
		return printUsers(to.out, c.JSON, r, r)
	})
}

// userListCommand lists users.
type userListCommand struct {
	operatorSettings
	Organization string `placeholder:"ID" help:"Only those of this tenant."`
}

// Help is what user list --help prints below its first line.
func (*userListCommand) Help() string { return operatorHelp + "\n\nExample: aion user list" }

// Run prints a table, or JSON.
func (c *userListCommand) Run(ctx context.Context, to *streams) error {
	return c.do(ctx, func(o *operator) error {
		all, err := everyOne(ctx, o, "users", c.Organization, func(r access.UserRecord) string { return r.Name })
		if err != nil {
			return err
		}
		return printUsers(to.out, c.JSON, all, all...)
	})
}

// userPasswdCommand gives a user another password.
type userPasswdCommand struct {
	operatorSettings
	passwordSettings
	Name string `arg:"" help:"Name of the user."`
}

// Help is what user passwd --help prints below its first line.
func (*userPasswdCommand) Help() string {
	return operatorHelp + "\n\nExample: aion user passwd ann"
}

// Run changes the password.
func (c *userPasswdCommand) Run(ctx context.Context, to *streams) error {
	password, err := c.password(to)
	if err != nil {
		return &ended{exitUsage, err}
	}
	if err := adviseOn(to.err, password); err != nil {
		return err
	}
	return c.do(ctx, func(o *operator) error {
		var r access.UserRecord
		if err := o.ask(ctx, http.MethodPut, "/users/"+url.PathEscape(c.Name)+"/password", map[string]string{"password": password}, &r); err != nil {
			return err
		}
		return printUsers(to.out, c.JSON, r, r)
	})
}

// userDeleteCommand takes a user away.
type userDeleteCommand struct {
	operatorSettings
	Name string `arg:"" help:"Name of the user."`
}

// Help is what user delete --help prints below its first line.
func (*userDeleteCommand) Help() string {
	return operatorHelp + "\n\nExample: aion user delete ann"
}

// Run deletes the user and prints who he was.
func (c *userDeleteCommand) Run(ctx context.Context, to *streams) error {
	return c.do(ctx, func(o *operator) error {
		var r access.UserRecord
		if err := o.ask(ctx, http.MethodDelete, "/users/"+url.PathEscape(c.Name), nil, &r); err != nil {
			return err
		}
		return printUsers(to.out, c.JSON, r, r)
	})
}

// printUsers prints users as a table, or v as JSON.
func printUsers(to io.Writer, asJSON bool, v any, all ...access.UserRecord) error {
	if asJSON {
		return printJSON(to, v)
	}
	rows := [][]string{{"NAME", "ORGANIZATION", "ROLE", "CREATED", "MODIFIED"}}
	for _, r := range all {
		rows = append(rows, []string{r.Name, r.Organization, string(r.Role), timeText(&r.Created), timeText(&r.Modified)})
	}
	return printTable(to, rows)
}
