package dev.entente.server.cli;

import dev.entente.core.transaction.VisibleText;
import dev.entente.v1.OperateMatchingRequest;
import dev.entente.v1.OperateMatchingResponse;
import dev.entente.v1.OperatorServiceGrpc;
import java.util.Iterator;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code entente tx bulk}. */
@Command(
        name = "bulk",
        description = "Retry, park, resume or abort all open transactions that match the filters, one after another,"
                + " newest first. Exit 1 if an operation was refused.")
final class BulkCommand extends ClientCommand {
    @Parameters(paramLabel = "OPERATION", description = "retry, park, resume or abort.")
    private String act = "";

    @Mixin
    private FilterOptions filter;

    @Option(names = "--reason", paramLabel = "TEXT", description = "The reason, which is stored in the audit.")
    private String reason = "";

    @Option(
            names = "--limit",
            paramLabel = "N",
            description = "Maximum number of transactions (default: 100; at most 10000).")
    private int limit;

    @Option(names = "--validate-only", description = "Only list the transactions that match.")
    private boolean validateOnly;

    @Override
    int ask() {
        Iterator<OperateMatchingResponse> reported = OperatorServiceGrpc.newBlockingStub(channel())
                .operateMatching(OperateMatchingRequest.newBuilder()
                        .setFilter(filter.filter())
                        .setOperation(act)
                        .setReason(reason)
                        .setLimit(limit)
                        .setValidateOnly(validateOnly)
                        .build());
        int matched = 0;
        int done = 0;
        int unchanged = 0;
        int refused = 0;
        List<String> unanswered = List.of();
        while (reported.hasNext()) {
            OperateMatchingResponse one = reported.next();
            unanswered = one.getUnansweredList();
            print(one, BulkCommand::text);
            matched++;
            done += one.getApplied() && !one.getUnchanged() ? 1 : 0;
            unchanged += one.getUnchanged() ? 1 : 0;
            refused += one.hasError() ? 1 : 0;
        }
        String same = unchanged == 0 ? "" : unchanged + " unchanged, ";
        err().println(matched
                + (validateOnly ? " match" : " matched, " + done + " done, " + same + refused + " refused"));
        reportSilent(unanswered, MAY_BE_MISSING);
        return refused > 0 ? ExitCode.DOES_NOT_HOLD : ExitCode.HELD;
    }

    private static String text(OperateMatchingResponse one) {
        return one.getGid()
                + (one.getApplied() ? one.getUnchanged() ? " unchanged" : " done" : "")
                + (one.hasError() ? " refused, " + VisibleText.of(one.getError().getMessage()) : "");
    }
}
