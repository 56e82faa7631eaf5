package dev.entente.server.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * The completion script for fish, which picocli does not write: a line for each command, option and choice of values.
 */
final class FishCompletion {
    /** Compares the words before the cursor, options left out, with the command that a line is for. */
    private static final String CONDITIONS = """
        # Completes PROGRAM in fish.
        function __PROGRAM_words
            string match --invert -- '-*' (commandline --tokenize --cut-at-cursor --current-process)[2..]
        end

        # Holds where exactly this command has been written.
        function __PROGRAM_at
            set --local words (__PROGRAM_words)
            test "$words" = "$argv"
        end

        # Holds where this command has been written, and perhaps something after it.
        function __PROGRAM_in
            set --local words (__PROGRAM_words)
            test (count $words) -ge (count $argv); and test "$words[1..$(count $argv)]" = "$argv"
        end

        """;

    private final String program;
    private final StringBuilder script;

    private FishCompletion(String program) {
        this.program = program;
        this.script = new StringBuilder(CONDITIONS.replace("PROGRAM", program));
    }

    /** Returns the script for {@code root} and all its subcommands. */
    static String of(String program, CommandSpec root) {
        FishCompletion completion = new FishCompletion(program);
        completion.add(root, List.of());
        return completion.script.toString();
    }

    private void add(CommandSpec command, List<String> path) {
        String written = String.join(" ", path);
        String at = " --condition '" + ("__" + program + "_at " + written).strip() + "'";
        String in = path.isEmpty() ? at : " --condition '__" + program + "_in " + written + "'";
        command.subcommands()
                .forEach((name, child) -> line(at + " --no-files --arguments " + name
                        + description(child.getCommandSpec().usageMessage().description())));
        command.options().stream().filter(option -> !option.hidden()).forEach(option -> line(in + option(option)));
        command.positionalParameters().forEach(parameter -> {
            if (!choices(parameter).isEmpty()) {
                line(at + " --no-files" + choices(parameter) + description(parameter.description()));
            }
        });
        for (Map.Entry<String, CommandLine> child : command.subcommands().entrySet()) {
            List<String> longer = new ArrayList<>(path);
            longer.add(child.getKey());
            add(child.getValue().getCommandSpec(), longer);
        }
    }

    private void line(String arguments) {
        script.append("complete --command ").append(program).append(arguments).append('\n');
    }

    private static String option(OptionSpec option) {
        StringBuilder text = new StringBuilder();
        for (String name : option.names()) {
            text.append(name.startsWith("--") ? " --long-option " : " --short-option ")
                    .append(name.replaceFirst("^--?", ""));
        }
        return text.append(value(option))
                .append(description(option.description()))
                .toString();
    }

    /** Returns the values that may follow an option: nothing, a file, one of some values, or anything. */
    private static String value(OptionSpec option) {
        if (option.arity().max() == 0) {
            return "";
        }
        return option.type() == Path.class || option.paramLabel().equals("FILE")
                ? " --require-parameter --force-files"
                : " --exclusive" + choices(option);
    }

    private static String choices(ArgSpec argument) {
        List<String> values = new ArrayList<>();
        if (argument.completionCandidates() != null) {
            argument.completionCandidates().forEach(values::add);
        }
        return values.isEmpty() ? "" : " --arguments " + quoted(String.join(" ", values));
    }

    private static String description(String[] lines) {
        return lines.length == 0 ? "" : " --description " + quoted(lines[0]);
    }

    private static String quoted(String text) {
        return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'";
    }
}
