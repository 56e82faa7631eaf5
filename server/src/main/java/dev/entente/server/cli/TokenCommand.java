package dev.entente.server.cli;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.entente.server.api.access.Access;
import dev.entente.server.api.access.Tokens;
import dev.entente.server.app.TextFile;
import dev.entente.server.app.ValueParser;
import dev.entente.server.cli.text.ExitCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code entente token}: edits a token file here; coordinators that use it read it again within a second or so. */
@Command(
        name = "token",
        description = "Make and revoke bearer tokens in a file that coordinators read (auth.tokenFile).",
        mixinStandardHelpOptions = true,
        subcommands = {TokenCommand.Create.class, TokenCommand.Listing.class, TokenCommand.Revoke.class})
final class TokenCommand extends CommandGroup {
    /** The common options of the token commands. */
    abstract static class OnFile implements Callable<Integer> {
        @Spec
        private CommandSpec spec;

        @Option(names = "--file", paramLabel = "FILE", required = true, description = "The token file.")
        private Path file;

        @Option(
                names = {"-o", "--output"},
                paramLabel = "text|json",
                description = "How to print (default: text).")
        private ClientCommand.Format format = ClientCommand.Format.text;

        @Override
        public final Integer call() {
            boolean isThere = Files.exists(file);
            if (!isThere && !createsFile()) {
                throw wrong("there is no file " + file + "; `entente token create` makes one", null);
            }
            try {
                run(isThere ? Tokens.read(file) : Tokens.none());
                return ExitCode.HELD;
            } catch (IOException failed) {
                throw wrong("the token file " + file + " is of no use: " + TextFile.reason(file, failed), failed);
            } catch (IllegalArgumentException wrong) {
                throw wrong(String.valueOf(wrong.getMessage()), wrong);
            }
        }

        private ParameterException wrong(String message, @Nullable Exception cause) {
            return new ParameterException(spec.commandLine(), message, cause);
        }

        abstract void run(Tokens tokens) throws IOException;

        /** Tells whether a file that is not there yet is made. */
        boolean createsFile() {
            return false;
        }

        final void write(Tokens tokens) throws IOException {
            tokens.write(file);
        }

        /** One or the other, by the format that was asked for. */
        final void print(String text, JsonObject json) {
            spec.commandLine().getOut().println(format == ClientCommand.Format.json ? json : text);
            spec.commandLine().getOut().flush();
        }
    }

    /** The roles, for a shell to complete. */
    static final class RoleNames implements Iterable<String> {
        @Override
        public Iterator<String> iterator() {
            return Arrays.stream(Access.values()).map(Access::label).iterator();
        }
    }

    /** Makes a token. */
    @Command(
            name = "create",
            description = "Make a token and print it, once: the file keeps its hash only.",
            mixinStandardHelpOptions = true)
    static final class Create extends OnFile {
        @Parameters(paramLabel = "NAME", description = "Who it is; stands in the audit.")
        private String name;

        @Option(
                names = "--role",
                paramLabel = "ROLE",
                required = true,
                split = ",",
                completionCandidates = RoleNames.class,
                description = "submitter, viewer, operator or admin; several with commas.")
        private List<String> roles;

        @Option(
                names = "--expires",
                paramLabel = "WHEN",
                description = "When it ends: from now, such as 90d, or an instant such as 2027-01-31T00:00:00Z.")
        private @Nullable String expires;

        @Option(names = "--not-before", paramLabel = "WHEN", description = "When it begins (default: at once).")
        private @Nullable String notBefore;

        @Override
        boolean createsFile() {
            return true;
        }

        private static @Nullable Instant when(@Nullable String text) {
            if (text == null) {
                return null;
            }
            try {
                Instant read =
                        text.contains("T") ? Instant.parse(text) : Instant.now().plus(ValueParser.duration(text));
                return read.truncatedTo(ChronoUnit.SECONDS);
            } catch (IllegalArgumentException | DateTimeParseException bad) {
                throw new IllegalArgumentException(
                        "'" + text + "' is no time; write 90d, or 2027-01-31T00:00:00Z", bad);
            }
        }

        @Override
        void run(Tokens tokens) throws IOException {
            Set<Access> granted = new TreeSet<>();
            roles.forEach(role -> granted.add(Access.of(role)));
            Tokens.Created created = tokens.create(name, granted, when(notBefore), when(expires));
            write(created.tokens());
            JsonObject json = new JsonObject();
            json.addProperty("name", name);
            json.addProperty("roles", Tokens.labels(granted));
            json.addProperty("token", created.secret());
            print(created.secret(), json);
        }
    }

    /** {@code list}. */
    @Command(name = "list", description = "List the tokens' names and roles.", mixinStandardHelpOptions = true)
    static final class Listing extends OnFile {
        @Override
        void run(Tokens tokens) {
            StringBuilder text = new StringBuilder();
            JsonArray all = new JsonArray();
            for (Tokens.Token token : tokens.all()) {
                text.append(text.isEmpty() ? "" : System.lineSeparator())
                        .append(token.name())
                        .append("  ")
                        .append(Tokens.labels(token.roles()))
                        .append(token.notBefore() == null ? "" : "  not before " + token.notBefore())
                        .append(token.expires() == null ? "" : "  expires " + token.expires());
                JsonObject one = new JsonObject();
                one.addProperty("name", token.name());
                one.addProperty("roles", Tokens.labels(token.roles()));
                if (token.notBefore() != null) {
                    one.addProperty("not_before", token.notBefore().toString());
                }
                if (token.expires() != null) {
                    one.addProperty("expires", token.expires().toString());
                }
                all.add(one);
            }
            JsonObject json = new JsonObject();
            json.add("tokens", all);
            print(text.toString(), json);
        }
    }

    /** Takes a token out of force. */
    @Command(name = "revoke", description = "Take a token out of force.", mixinStandardHelpOptions = true)
    static final class Revoke extends OnFile {
        @Parameters(paramLabel = "NAME")
        private String name;

        @Override
        void run(Tokens tokens) throws IOException {
            write(tokens.without(name));
            JsonObject json = new JsonObject();
            json.addProperty("revoked", name);
            print(name + " is revoked", json);
        }
    }
}
