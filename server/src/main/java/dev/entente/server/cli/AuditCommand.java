package dev.entente.server.cli;

import dev.entente.server.cli.text.ExitCode;
import dev.entente.server.cli.text.Lines;
import dev.entente.v1.ListAuditEntriesRequest;
import dev.entente.v1.ListAuditEntriesResponse;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code entente audit}. */
@Command(
        name = "audit",
        description = "Who did what, and why.",
        mixinStandardHelpOptions = true,
        subcommands = AuditCommand.Listing.class)
final class AuditCommand extends CommandGroup {
    /** {@code list}. */
    @Command(name = "list", description = "List entries, newest first.", mixinStandardHelpOptions = true)
    static final class Listing extends ClientCommand {
        @Option(names = "--gid", paramLabel = "GID", description = "Of one transaction.")
        private String gid = "";

        @Option(
                names = "--limit",
                paramLabel = "N",
                description = "At most so many (default: 50), and at most what the server allows (500).")
        private int limit;

        @Option(names = "--page-token", paramLabel = "TOKEN", description = "Where the page before said to go on.")
        private String pageToken = "";

        @Override
        int run() {
            ListAuditEntriesResponse page = operator()
                    .listAuditEntries(ListAuditEntriesRequest.newBuilder()
                            .setGid(gid)
                            .setPageSize(limit)
                            .setPageToken(pageToken)
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
            Lines.table(out(), List.of("TIME", "WHO", "ACT", "GID", "BEFORE", "AFTER", "REASON"), rows);
            if (!page.getNextPageToken().isEmpty()) {
                out().println("more: --page-token " + page.getNextPageToken());
            }
            return ExitCode.HELD;
        }
    }
}
