package dev.entente.server.cli;

import dev.entente.server.api.access.Access;
import dev.entente.server.api.access.Tokens;
import dev.entente.server.app.TextFile;
import dev.entente.server.app.ValueParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.StringJoiner;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code entente token}: edits a local token file. Coordinators with this file read it again in about a second. */
@Command(
        name = "token",
        description = "Create and revoke bearer tokens in a file that coordinators read (auth.tokenFile).",
        subcommands = {TokenCommand.Create.class, TokenCommand.Listing.class, TokenCommand.Revoke.class})
final class TokenCommand extends CommandGroup {
    abstract static class OnFile extends PrintingCommand {
        @Option(names = "--file", paramLabel = "FILE", required = true, description = "The token file.")
        Path file;

        abstract void run(Tokens tokens) throws IOException;

        /** Returns the content of a file that does not exist. */
        Tokens missing() {
            throw wrong("there is no file " + file + "; create the file by `entente token create`", null);
        }

        @Override
        final int run() {
            try {
                run(Files.exists(file) ? Tokens.read(file) : missing());
                return ExitCode.HELD;
            } catch (IOException failed) {
                throw wrong("the token file " + file + " cannot be used: " + TextFile.reason(file, failed), failed);
            } catch (IllegalArgumentException wrong) {
                throw wrong(String.valueOf(wrong.getMessage()), wrong);
            }
        }
    }

    /** The roles, for the completion in a shell. */
    private static final class Roles implements Iterable<String> {
        @Override
        public Iterator<String> iterator() {
            return Arrays.stream(Access.values()).map(Access::label).iterator();
        }
    }

    @Command(name = "create", description = "Create a token and print it once. The file contains only its hash.")
    static final class Create extends OnFile {
        @Parameters(paramLabel = "NAME", description = "The name of the caller, which is stored in the audit.")
        private String name;

        @Option(
                names = "--role",
                paramLabel = "ROLE",
                required = true,
                split = ",",
                completionCandidates = Roles.class,
                description = "submitter, viewer, operator or admin; several separated by commas.")
        private List<String> roles;

        @Option(
                names = "--expires",
                paramLabel = "WHEN",
                description = "When the token expires: a time from now, such as 90d, or an instant, such as"
                        + " 2027-01-31T00:00:00Z.")
        private @Nullable String expires;

        @Option(
                names = "--not-before",
                paramLabel = "WHEN",
                description = "When the token becomes valid (default: now).")
        private @Nullable String notBefore;

        private record Made(String name, String roles, String token) {}

        @Override
        Tokens missing() {
            return Tokens.none();
        }

        @Override
        void run(Tokens tokens) throws IOException {
            Set<Access> granted = new TreeSet<>();
            roles.forEach(role -> granted.add(Access.of(role)));
            Tokens.Created created = tokens.create(name, granted, when(notBefore), when(expires));
            created.tokens().write(file);
            print(new Made(name, Tokens.labels(granted), created.secret()), created.secret());
        }

        private static @Nullable Instant when(@Nullable String text) {
            try {
                return text == null
                        ? null
                        : (text.contains("T")
                                        ? Instant.parse(text)
                                        : Instant.now().plus(ValueParser.duration(text)))
                                .truncatedTo(ChronoUnit.SECONDS);
            } catch (IllegalArgumentException | DateTimeParseException bad) {
                throw new IllegalArgumentException(
                        "'" + text + "' is not a valid time; write 90d, or 2027-01-31T00:00:00Z", bad);
            }
        }
    }

    @Command(name = "list", description = "List the names and roles of the tokens.")
    static final class Listing extends OnFile {
        @Override
        void run(Tokens tokens) {
            List<Map<String, String>> all = new ArrayList<>();
            StringJoiner text = new StringJoiner("\n");
            for (Tokens.Token token : tokens.all()) {
                Map<String, String> shown = new LinkedHashMap<>();
                shown.put("name", token.name());
                shown.put("roles", Tokens.labels(token.roles()));
                String line = String.join("  ", shown.values());
                if (token.notBefore() != null) {
                    shown.put("not_before", token.notBefore().toString());
                    line += "  not before " + token.notBefore();
                }
                if (token.expires() != null) {
                    shown.put("expires", token.expires().toString());
                    line += "  expires " + token.expires();
                }
                all.add(shown);
                text.add(line);
            }
            print(Map.of("tokens", all), text.toString());
        }
    }

    @Command(name = "revoke", description = "Revoke a token.")
    static final class Revoke extends OnFile {
        @Parameters(paramLabel = "NAME")
        private String name;

        @Override
        void run(Tokens tokens) throws IOException {
            tokens.without(name).write(file);
            print(Map.of("revoked", name), name + " is revoked");
        }
    }
}
