package dev.entente.server.cli;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import picocli.CommandLine.Model.CommandSpec;

/** {@code entente tx}: everything about transactions. Declared in code, as {@link CommandLine} tells. */
final class TxCommand extends CommandGroup {
    /** In the order of the usage. */
    static final Map<String, Supplier<Object>> COMMANDS = commands();

    private TxCommand() {}

    static CommandSpec declare() {
        TxCommand command = new TxCommand();
        command.spec = CommandSpec.wrapWithoutInspection(command).name("tx");
        command.spec
                .usageMessage()
                .description("Submit, look at and operate transactions.")
                .footer(
                        "",
                        "Exits: 0 held; 1 ended ABORTED or stands parked, where it was waited for, or a check does not"
                                + " hold; 2 usage;",
                        "3 no coordinator reached; 4 refused with an ENT code; 5 still running after --wait.");
        HelpOptions.addTo(command.spec);
        return command.spec;
    }

    private static Map<String, Supplier<Object>> commands() {
        Map<String, Supplier<Object>> commands = new LinkedHashMap<>();
        commands.put("submit", SubmitCommand::new);
        commands.put("example", ExampleCommand::new);
        commands.put("list", ListCommand::new);
        commands.put("describe", DescribeCommand::declare);
        commands.put("watch", WatchCommand::new);
        commands.put("count", CountCommand::new);
        commands.put("retry", ActCommand.Retry::new);
        commands.put("abort", AbortCommand::new);
        commands.put("approve", DecideCommand.Approve::new);
        commands.put("reject", DecideCommand.Reject::new);
        commands.put("park", ActCommand.Park::new);
        commands.put("resume", ActCommand.Resume::new);
        commands.put("skip", ActCommand.Skip::new);
        commands.put("resend", ActCommand.Resend::new);
        commands.put("resolve", ResolveCommand::new);
        commands.put("force-finish", ForceFinishCommand::new);
        commands.put("replay", ReplayCommand::new);
        return commands;
    }
}
