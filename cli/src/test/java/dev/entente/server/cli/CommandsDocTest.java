package dev.entente.server.cli;

import dev.entente.server.WrittenPage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import picocli.CommandLine.Model.ArgGroupSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/**
 * Verifies the tables of {@code docs/cli.md} against the commands. After an intended change, this command rewrites the
 * tables: {@code mvn -o -q -pl cli -am test -Dtest=CommandsDocTest -Dsurefire.failIfNoSpecifiedTests=false
 * -Dentente.docs.write=true}.
 */
class CommandsDocTest {
    private static final String BEGIN = "<!-- Written by CommandsDocTest. -->\n";
    private static final String END = "<!-- Until here. -->\n";

    /** The options that all commands for a coordinator share, read from a command without other options. */
    private static final List<String> COMMON = new picocli.CommandLine(new CoordinatorCommand.Listing())
            .getCommandSpec().options().stream().map(CommandsDocTest::label).toList();

    private final List<String> commands = new ArrayList<>();
    private final List<String> coordinatorCommands = new ArrayList<>();
    /** The commands of each option and meaning, by option and by meaning. */
    private final Map<String, Map<String, TreeSet<String>>> options = new TreeMap<>();

    @Test
    void the_page_lists_each_command_and_each_option() throws IOException {
        read(CommandLine.parser().getCommandSpec());
        StringBuilder tables = new StringBuilder("| command | does | options |\n|---|---|---|\n");
        commands.forEach(tables::append);
        tables.append("\n| option | means |\n|---|---|\n");
        options.forEach((option, meanings) ->
                tables.append(row(option, meaning(meanings))).append('\n'));

        WrittenPage.hold("cli.md", page -> {
            int from = page.indexOf(BEGIN) + BEGIN.length();
            return page.substring(0, from) + tables + page.substring(page.indexOf(END));
        });
    }

    private void read(CommandSpec command) {
        command.subcommands().values().forEach(subcommand -> read(subcommand.getCommandSpec()));
        if (!command.subcommands().isEmpty()) {
            return;
        }
        String name = command.qualifiedName().substring("entente ".length());
        List<OptionSpec> own = command.options().stream()
                .filter(option -> !option.hidden() && !option.usageHelp() && !option.versionHelp())
                .toList();
        if (command.findOption("--target") != null) {
            coordinatorCommands.add(code(name));
        }
        own.forEach(option -> options.computeIfAbsent(code(label(option)), _ -> new TreeMap<>())
                .computeIfAbsent(text(option.description()), _ -> new TreeSet<>())
                .add(code(name)));
        String usage = Stream.of(
                        Stream.of(name),
                        command.positionalParameters().stream().map(CommandsDocTest::label),
                        own.stream()
                                .filter(option -> option.required() && option.group() == null)
                                .map(CommandsDocTest::label),
                        command.argGroups().stream().map(ArgGroupSpec::synopsis))
                .flatMap(words -> words)
                .collect(Collectors.joining(" "));
        String others = own.stream()
                .filter(option -> !option.required() && !COMMON.contains(label(option)))
                .map(option -> code(option.names()[0]))
                .sorted()
                .collect(Collectors.joining(", "));
        commands.add(row(code(usage), text(command.usageMessage().description())) + " " + others + " |\n");
    }

    /**
     * Returns the meanings of an option. Names the commands if the option has several meanings, or if all commands for
     * a coordinator have the option; a star means all these commands.
     */
    private String meaning(Map<String, TreeSet<String>> meanings) {
        return meanings.entrySet().stream()
                .map(each -> meanings.size() == 1 && !each.getValue().containsAll(coordinatorCommands)
                        ? each.getKey()
                        : commandNames(each.getValue()) + ": " + each.getKey())
                .collect(Collectors.joining(" "));
    }

    private String commandNames(TreeSet<String> commands) {
        List<String> commandNames = new ArrayList<>(commands);
        if (commandNames.containsAll(coordinatorCommands)) {
            commandNames.removeAll(coordinatorCommands);
            commandNames.addFirst("*");
        }
        return String.join(", ", commandNames);
    }

    private static String row(String head, String meaning) {
        return "| " + head + " | " + meaning + " |";
    }

    private static String label(OptionSpec option) {
        return option.names()[0] + (option.arity().max() == 0 ? "" : " " + option.paramLabel());
    }

    private static String label(PositionalParamSpec parameter) {
        return parameter.arity().min() == 0 ? "[" + parameter.paramLabel() + "]" : parameter.paramLabel();
    }

    private static String code(String text) {
        return "`" + text.replace("|", "\\|") + "`";
    }

    private static String text(String... lines) {
        return String.join(" ", lines).replace("|", "\\|");
    }
}
