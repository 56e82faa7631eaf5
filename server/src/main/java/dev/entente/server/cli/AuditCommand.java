package dev.entente.server.cli;

import dev.entente.server.cli.text.ExitCode;
import dev.entente.server.cli.text.Lines;
import dev.entente.server.cli.text.PageOptions;
import dev.entente.v1.ListAuditEntriesRequest;
import dev.entente.v1.ListAuditEntriesResponse;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
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
}
