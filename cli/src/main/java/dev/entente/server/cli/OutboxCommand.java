package dev.entente.server.cli;

import dev.entente.outbox.OutboxUnusable;
import dev.entente.outbox.ParkedMessage;
import dev.entente.outbox.ParkedMessages;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code entente outbox}: an operator's operations on a service's own outbox. Needs no coordinator. */
@Command(
        name = "outbox",
        description = "Show, retry and skip the parked messages of a service's outbox, in the service's database.",
        subcommands = {OutboxCommand.Listing.class, OutboxCommand.Retry.class, OutboxCommand.Skip.class})
final class OutboxCommand extends CommandGroup {
    abstract static class OnOutbox extends DatabaseCommand {
        abstract int run(ParkedMessages parked) throws SQLException;

        @Override
        final int run() {
            try {
                return run(ParkedMessages.in(database()));
            } catch (OutboxUnusable unusable) {
                throw Failure.refused(unusable.code(), String.valueOf(unusable.getMessage()));
            } catch (SQLException failed) {
                throw Failure.unanswered("the database of the outbox: " + failed.getMessage());
            }
        }

        /** Prints the number of changed messages; returns the exit code. */
        final int print(String name, long acted, boolean isAll) {
            print(Map.of(name, acted), name + ": " + acted);
            return isAll ? ExitCode.HELD : ExitCode.DOES_NOT_HOLD;
        }
    }

    @Command(name = "list", description = "List parked messages, the longest parked first.")
    static final class Listing extends OnOutbox {
        @Option(
                names = "--limit",
                paramLabel = "N",
                description = "Maximum number of messages (default: 50; at most 1000).")
        private int limit = 50;

        @Override
        int run(ParkedMessages parked) throws SQLException {
            List<ParkedMessage> found = parked.list(Math.clamp(limit, 1, 1000));
            print(
                    Map.of("parked", found),
                    Lines.table(
                            List.of("ID", "PARKED", "TO", "KEY", "BLOCKS", "ATTEMPTS", "WHY"),
                            found.stream()
                                    .map(message -> List.of(
                                            message.id(),
                                            message.parkedAt().toString(),
                                            message.destination(),
                                            message.key().orElse("-"),
                                            Long.toString(message.blocks()),
                                            Integer.toString(message.attempts()),
                                            message.error()))));
            return ExitCode.HELD;
        }
    }

    @Command(
            name = "retry",
            description = "Make parked messages due again, after you have repaired the cause. Exit 1 if one of the"
                    + " messages is not parked.")
    static final class Retry extends OnOutbox {
        @Parameters(paramLabel = "ID", arity = "0..*", description = "The ids of the messages.")
        private List<String> ids = List.of();

        @Option(names = "--all", description = "All parked messages.")
        private boolean all;

        @Override
        int run(ParkedMessages parked) throws SQLException {
            if (all != ids.isEmpty()) {
                throw wrong("the messages are missing or ambiguous; give either ids or --all", null);
            }
            if (all) {
                return print("retried", parked.retryAll(), true);
            }
            long retried = 0;
            for (String id : ids) {
                retried += parked.retry(id) ? 1 : 0;
            }
            return print("retried", retried, retried == ids.size());
        }
    }

    @Command(
            name = "skip",
            description = "Give up a message: it is never delivered. Exit 1 if the message is not parked.")
    static final class Skip extends OnOutbox {
        @Parameters(paramLabel = "ID", description = "The message's id.")
        private String id;

        @Option(
                names = "--reason",
                paramLabel = "TEXT",
                required = true,
                description = "The reason, which is stored with the record of the message.")
        private String reason;

        @Override
        int run(ParkedMessages parked) throws SQLException {
            boolean skipped = parked.skip(id, reason);
            return print("skipped", skipped ? 1 : 0, skipped);
        }
    }
}
