package dev.entente.server.cli;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.entente.server.cli.text.ExitCode;
import dev.entente.server.cli.text.Failure;
import dev.entente.server.cli.text.Lines;
import dev.entente.server.cli.text.PageOptions;
import dev.entente.server.store.audit.AuditVerdict;
import dev.entente.server.store.audit.AuditVerification;
import dev.entente.v1.ListAuditEntriesRequest;
import dev.entente.v1.ListAuditEntriesResponse;
import java.io.PrintWriter;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code entente audit}. */
@Command(
        name = "audit",
        description = "Who did what, and why.",
        mixinStandardHelpOptions = true,
        subcommands = {AuditCommand.Listing.class, AuditCommand.Verifying.class})
final class AuditCommand extends CommandGroup {
    /** {@code list}. */
    @Command(name = "list", description = "List entries, newest first.", mixinStandardHelpOptions = true)
    static final class Listing extends ClientCommand {
        @Option(names = "--gid", paramLabel = "GID", description = "Of one transaction.")
        private String gid = "";

        @Mixin
        private PageOptions paging;

        @Override
        int run() {
            ListAuditEntriesResponse page = operator()
                    .listAuditEntries(ListAuditEntriesRequest.newBuilder()
                            .setGid(gid)
                            .setPageSize(paging.limit())
                            .setPageToken(paging.token())
                            .build());
            if (printsJson()) {
                print(page);
                return ExitCode.HELD;
            }
            List<List<String>> rows = page.getEntriesList().stream()
                    .map(entry -> List.of(
                            Lines.time(entry.getTime()),
                            entry.getActor(),
                            entry.getAct(),
                            entry.getGid(),
                            entry.getBefore(),
                            entry.getAfter(),
                            entry.getReason()))
                    .toList();
            PageOptions.print(
                    out(),
                    List.of("TIME", "WHO", "ACT", "GID", "BEFORE", "AFTER", "REASON"),
                    rows,
                    page.getNextPageToken());
            return ExitCode.HELD;
        }
    }

    /** {@code verify}. */
    @Command(
            name = "verify",
            description = "Follow the audit's chains in the coordinators' database, and tell what was changed or"
                    + " deleted. Only reads. Exit 1 if a chain does not hold.",
            mixinStandardHelpOptions = true)
    static final class Verifying implements Callable<Integer> {
        @Spec
        private CommandSpec spec;

        @Option(
                names = "--jdbc",
                paramLabel = "URL",
                required = true,
                description = "JDBC URL of the coordinators' database (PostgreSQL).")
        private String jdbc;

        @Mixin
        private DatabaseOptions database;

        @Option(
                names = "--anchor",
                paramLabel = "INCARNATION:SEQ:HASH",
                description = "A last link as an earlier run printed it, kept outside of the database; repeatable.")
        private List<String> anchors = List.of();

        @Option(
                names = {"-o", "--output"},
                paramLabel = "text|json",
                description = "How to print (default: text).")
        private ClientCommand.Format format = ClientCommand.Format.text;

        @Option(names = "--json", description = "The same as -o json.")
        private boolean isJson;

        @Override
        public Integer call() {
            List<AuditVerdict.Anchor> known;
            try {
                known = anchors.stream().map(AuditVerdict.Anchor::of).toList();
            } catch (IllegalArgumentException malformed) {
                throw new ParameterException(spec.commandLine(), malformed.getMessage(), malformed);
            }
            boolean printsJson = isJson || format == ClientCommand.Format.json;
            try {
                AuditVerdict verdict = AuditVerification.of(database.at(jdbc), known);
                if (printsJson) {
                    spec.commandLine().getOut().println(json(verdict));
                } else {
                    print(verdict);
                }
                return verdict.holds() ? ExitCode.HELD : ExitCode.DOES_NOT_HOLD;
            } catch (SQLException failed) {
                return Failure.unanswered("the database of the audit: " + failed.getMessage())
                        .report(spec.commandLine(), printsJson);
            }
        }

        private void print(AuditVerdict verdict) {
            PrintWriter out = spec.commandLine().getOut();
            for (AuditVerdict.Finding finding : verdict.findings()) {
                out.println(finding.kind() + " incarnation " + finding.incarnation() + " seq " + finding.seq() + ": "
                        + finding.detail());
            }
            if (verdict.more() > 0) {
                out.println("and " + verdict.more() + " more");
            }
            verdict.heads()
                    .forEach(head -> out.println((head.isClosed() ? "closed " : "last   ")
                            + head.anchor().text()));
            out.println((verdict.holds() ? "holds: " : "DOES NOT HOLD: ") + verdict.links() + " chained, "
                    + verdict.unchained() + " not yet chained");
        }

        private static JsonObject json(AuditVerdict verdict) {
            JsonObject json = new JsonObject();
            json.addProperty("holds", verdict.holds());
            json.addProperty("chained", verdict.links());
            json.addProperty("unchained", verdict.unchained());
            JsonArray findings = new JsonArray();
            for (AuditVerdict.Finding finding : verdict.findings()) {
                JsonObject each = new JsonObject();
                each.addProperty("kind", finding.kind().name());
                each.addProperty("incarnation", finding.incarnation());
                each.addProperty("seq", finding.seq());
                each.addProperty("detail", finding.detail());
                findings.add(each);
            }
            json.add("findings", findings);
            json.addProperty("more", verdict.more());
            JsonArray heads = new JsonArray();
            for (AuditVerdict.Head head : verdict.heads()) {
                JsonObject each = new JsonObject();
                each.addProperty("anchor", head.anchor().text());
                each.addProperty("closed", head.isClosed());
                heads.add(each);
            }
            json.add("heads", heads);
            return json;
        }
    }
}
