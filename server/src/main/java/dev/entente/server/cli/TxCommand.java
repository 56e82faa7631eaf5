package dev.entente.server.cli;

import picocli.CommandLine.Command;

/** {@code entente tx}: everything about transactions. */
@Command(
        name = "tx",
        description = "Submit, look at and operate transactions.",
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "Exits: 0 held; 1 ended ABORTED or stands parked, where it was waited for, or a check does not hold; 2"
                    + " usage;",
            "3 no coordinator reached; 4 refused with an ENT code; 5 still running after --wait."
        },
        subcommands = {
            SubmitCommand.class,
            ExampleCommand.class,
            ListCommand.class,
            DescribeCommand.class,
            WatchCommand.class,
            CountCommand.class,
            ActCommand.Retry.class,
            AbortCommand.class,
            DecideCommand.Approve.class,
            DecideCommand.Reject.class,
            ActCommand.Park.class,
            ActCommand.Resume.class,
            ActCommand.Skip.class,
            ActCommand.Resend.class,
            ResolveCommand.class,
            ForceFinishCommand.class,
            ReplayCommand.class
        })
final class TxCommand extends CommandGroup {}
