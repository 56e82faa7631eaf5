package dev.entente.server.cli;

import dev.entente.v1.AuditEntry;
import dev.entente.v1.ListAuditEntriesRequest;
import dev.entente.v1.ListAuditEntriesResponse;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code entente audit}. */
@Command(name = "audit", description = "Show the audit.", subcommands = AuditCommand.Listing.class)
final class AuditCommand extends CommandGroup {
    @Command(name = "list", description = "List entries, newest first.")
    static final class Listing extends ClientCommand.Paged {
        @Option(names = "--gid", paramLabel = "GID", description = "Only entries of this transaction.")
        private String gid = "";

        @Option(
                names = "--only",
                paramLabel = "operations|reads",
                description = "reads: reads of payloads and of the audit; operations: all other entries.")
        private Kind only = Kind.all;

        enum Kind {
            all(ListAuditEntriesRequest.Kind.KIND_UNSPECIFIED),
            operations(ListAuditEntriesRequest.Kind.OPERATIONS),
            reads(ListAuditEntriesRequest.Kind.READS);

            private final ListAuditEntriesRequest.Kind asked;

            Kind(ListAuditEntriesRequest.Kind asked) {
                this.asked = asked;
            }
        }

        @Override
        int ask() {
            ListAuditEntriesResponse page = operator()
                    .listAuditEntries(ListAuditEntriesRequest.newBuilder()
                            .setGid(gid)
                            .setKind(only.asked)
                            .setPageSize(limit)
                            .setPageToken(pageToken)
                            .build());
            return print(
                    page,
                    page.getNextPageToken(),
                    List.of("TIME", "WHO", "OPERATION", "GID", "REASON", "BEFORE", "AFTER"),
                    page.getEntriesList().stream()
                            .map(entry -> List.of(
                                    Lines.time(entry.getTime()),
                                    actor(entry),
                                    entry.getOperation(),
                                    entry.getGid(),
                                    entry.getReason(),
                                    entry.getBefore(),
                                    entry.getAfter())));
        }

        /** Returns the name, with the header's name for a user of a proxy: no token's name has parentheses. */
        private static String actor(AuditEntry entry) {
            int at = entry.getPeer().indexOf('@');
            return entry.getActor() + (at < 0 ? "" : " (" + entry.getPeer().substring(0, at) + ")");
        }
    }
}
