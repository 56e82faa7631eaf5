package dev.entente.server.cli;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.entente.outbox.OutboxUnusable;
import dev.entente.outbox.ParkedMessage;
import dev.entente.outbox.ParkedMessages;
import dev.entente.server.cli.text.ExitCode;
import dev.entente.server.cli.text.Failure;
import dev.entente.server.cli.text.Lines;
import java.io.PrintWriter;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code entente outbox}: an operator's acts on a service's own outbox. Needs no coordinator. */
@Command(
        name = "outbox",
        description = "Look at, retry and skip the parked messages of a service's outbox, in its own database.",
        mixinStandardHelpOptions = true,
        subcommands = {OutboxCommand.Listing.class, OutboxCommand.Retry.class, OutboxCommand.Skip.class})
final class OutboxCommand extends CommandGroup {
    /** The common options of the outbox commands. */
    abstract static class OnOutbox implements Callable<Integer> {
        @Spec
        private CommandSpec spec;

        @Option(
                names = "--jdbc",
                paramLabel = "URL",
                required = true,
                description = "JDBC URL of the service's database (PostgreSQL); ?currentSchema=… where it has one.")
        private String jdbc;

        @Mixin
        private DatabaseOptions database;

        @Option(
                names = {"-o", "--output"},
                paramLabel = "text|json",
                description = "How to print (default: text).")
        private ClientCommand.Format format = ClientCommand.Format.text;

        abstract int run(ParkedMessages parked) throws SQLException;

        @Override
        public final Integer call() {
            try {
                return run(ParkedMessages.in(database.at(jdbc)));
            } catch (OutboxUnusable unusable) {
                return Failure.refused(unusable.code(), String.valueOf(unusable.getMessage()))
                        .report(spec.commandLine(), printsJson());
            } catch (SQLException failed) {
                return Failure.unanswered("the database of the outbox: " + failed.getMessage())
                        .report(spec.commandLine(), printsJson());
            }
        }

        ParameterException wrong(String message) {
            return new ParameterException(spec.commandLine(), message);
        }

        boolean printsJson() {
            return format == ClientCommand.Format.json;
        }

        PrintWriter out() {
            return spec.commandLine().getOut();
        }

        /** Prints one figure. */
        void print(String name, long value) {
            JsonObject json = new JsonObject();
            json.addProperty(name, value);
            out().println(printsJson() ? json.toString() : name + ": " + value);
        }
    }

    /** {@code list}. */
    @Command(name = "list", description = "List those parked longest, first.", mixinStandardHelpOptions = true)
    static final class Listing extends OnOutbox {
        @Option(names = "--limit", paramLabel = "N", description = "At most so many (default: 50; at most 1000).")
        private int limit = 50;

        @Override
        int run(ParkedMessages parked) throws SQLException {
            List<ParkedMessage> found = parked.list(Math.clamp(limit, 1, 1000));
            if (printsJson()) {
                JsonObject page = new JsonObject();
                JsonArray messages = new JsonArray();
                found.forEach(message -> messages.add(json(message)));
                page.add("parked", messages);
                out().println(page);
                return ExitCode.HELD;
            }
            List<List<String>> rows = found.stream()
                    .map(message -> List.of(
                            message.id(),
                            message.parkedAt().toString(),
                            message.destination(),
                            message.key().orElse("-"),
                            Long.toString(message.blocks()),
                            Integer.toString(message.attempts()),
                            message.error()))
                    .toList();
            Lines.table(out(), List.of("ID", "PARKED", "TO", "KEY", "BLOCKS", "ATTEMPTS", "WHY"), rows);
            return ExitCode.HELD;
        }

        private static JsonObject json(ParkedMessage message) {
            JsonObject json = new JsonObject();
            json.addProperty("id", message.id());
            json.addProperty("destination", message.destination());
            json.addProperty("key", message.key().orElse(null));
            json.addProperty("attempts", message.attempts());
            json.addProperty("error", message.error());
            json.addProperty("enqueued_at", message.enqueuedAt().toString());
            json.addProperty("parked_at", message.parkedAt().toString());
            json.addProperty("blocks", message.blocks());
            return json;
        }
    }

    /** Attempts parked messages anew. */
    @Command(
            name = "retry",
            description = "Attempt messages anew, once the cause is mended. Exit 1 if one of them is not parked.",
            mixinStandardHelpOptions = true)
    static final class Retry extends OnOutbox {
        @Parameters(paramLabel = "ID", arity = "0..*", description = "The messages' ids.")
        private List<String> ids = List.of();

        @Option(names = "--all", description = "All that are parked.")
        private boolean all;

        @Override
        int run(ParkedMessages parked) throws SQLException {
            if (all != ids.isEmpty()) {
                throw wrong("name messages, or say --all");
            }
            if (all) {
                print("retried", parked.retryAll());
                return ExitCode.HELD;
            }
            long retried = 0;
            for (String id : ids) {
                retried += parked.retry(id) ? 1 : 0;
            }
            print("retried", retried);
            return retried == ids.size() ? ExitCode.HELD : ExitCode.DOES_NOT_HOLD;
        }
    }

    /** Gives up a parked message. */
    @Command(
            name = "skip",
            description = "Give a message up: it is never delivered. Exit 1 if it is not parked.",
            mixinStandardHelpOptions = true)
    static final class Skip extends OnOutbox {
        @Parameters(paramLabel = "ID", description = "The message's id.")
        private String id;

        @Option(
                names = "--reason",
                paramLabel = "TEXT",
                required = true,
                description = "Why; kept with the record of the message.")
        private String reason;

        @Override
        int run(ParkedMessages parked) throws SQLException {
            boolean skipped = parked.skip(id, reason);
            print("skipped", skipped ? 1 : 0);
            return skipped ? ExitCode.HELD : ExitCode.DOES_NOT_HOLD;
        }
    }
}
