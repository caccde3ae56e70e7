package main

import (
	"context"
	"io"

	"github.com/alecthomas/kong"
)

// runner is a command of the command line.
type runner interface {
	// Run runs until it is done or ctx ends.
	Run(ctx context.Context, to *streams) error
}

// choose reads the command line. The runner is nil where there is nothing more to
// do than to end with the exit code. Kong could run the command, too, but would keep
// all that it knows of every flag until the command ends.
func choose(args []string, getenv func(string) string, stdout, stderr io.Writer) (runner, int) {
	from := &settings{getenv: getenv}
	parser, err := newParser(new(cli), from, stdout, stderr)
	if err != nil {
		return nil, complain(stderr, err, exitFailed)
	}
	node, err := parseLine(parser, from, args)
	if err != nil {
		return nil, complain(stderr, err, exitUsage)
	}
	if node == nil { // help was asked for and printed
		return nil, exitWell
	}
	return runs(node), exitWell
}

// runs is what a node of the command line stands for.
func runs(node *kong.Node) runner { return node.Target.Addr().Interface().(runner) }

// newParser is kong, which reads a command line into c.
func newParser(c *cli, from *settings, stdout, stderr io.Writer) (*kong.Kong, error) {
	return kong.New(c,
		kong.Name("aion"),
		kong.Description("A time-series query server that KairosDB's clients can be pointed at."),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.Writers(stdout, stderr),
		kong.Exit(func(int) {}),
		kong.Resolvers(from),
		defaults(),
	)
}

// parseLine reads a command line and answers the command that it names, nil if it
// asks for help, which has been printed then.
//
// It takes the steps of kong's Parse, but for looking methods up by their names:
// where a program does so, the linker keeps every exported method of every type,
// which would make this one, and what it takes of memory, a seventh larger. That
// is why kong is no later than 1.15, too, whose Validate does without.
func parseLine(parser *kong.Kong, from *settings, args []string) (*kong.Node, error) {
	line, err := kong.Trace(parser, args)
	if err != nil {
		return nil, err
	}
	if line.Error != nil {
		return nil, line.Error
	}
	if asked, err := helped(line); asked || err != nil {
		return nil, err
	}
	if err := line.Reset(); err != nil {
		return nil, err
	}
	if err := from.read(line); err != nil {
		return nil, err
	}
	if err := line.Resolve(); err != nil {
		return nil, err
	}
	if _, err := line.Apply(); err != nil {
		return nil, err
	}
	if err := line.Validate(); err != nil {
		return nil, err
	}
	node := line.Selected()
	if c, ok := node.Target.Addr().Interface().(interface{ consistent() error }); ok {
		return node, c.consistent()
	}
	return node, nil
}

// helped prints help if the line asks for it, and tells whether it does.
func helped(line *kong.Context) (bool, error) {
	for _, part := range line.Path {
		if part.Flag != nil && part.Flag == line.Model.HelpFlag {
			return true, line.PrintUsage(false)
		}
	}
	return false, nil
}
