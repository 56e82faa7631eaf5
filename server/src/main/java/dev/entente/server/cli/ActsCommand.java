package dev.entente.server.cli;

import dev.entente.server.cli.text.ExitCode;
import dev.entente.server.cli.text.Lines;
import dev.entente.server.cli.text.PageOptions;
import dev.entente.v1.ActRequest;
import dev.entente.v1.ConfirmActRequest;
import dev.entente.v1.ConfirmActResponse;
import dev.entente.v1.ListActRequestsRequest;
import dev.entente.v1.ListActRequestsResponse;
import dev.entente.v1.ResolveBranchRequest;
import dev.entente.v1.WithdrawActRequest;
import java.time.Duration;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code entente acts}. */
@Command(
        name = "acts",
        description = "Acts that one operator has asked for and another confirms (acts.twoPersons).",
        mixinStandardHelpOptions = true,
        subcommands = {ActsCommand.Listing.class, ActsCommand.Confirming.class, ActsCommand.Withdrawing.class})
final class ActsCommand extends CommandGroup {
    /** {@code list}. */
    @Command(name = "list", description = "List open requests, newest first.", mixinStandardHelpOptions = true)
    static final class Listing extends ClientCommand {
        @Option(names = "--gid", paramLabel = "GID", description = "Of one transaction.")
        private String gid = "";

        @Mixin
        private PageOptions paging;

        @Override
        int run() {
            ListActRequestsResponse page = operator()
                    .listActRequests(ListActRequestsRequest.newBuilder()
                            .setGid(gid)
                            .setPageSize(paging.limit())
                            .setPageToken(paging.token())
                            .build());
            if (printsJson()) {
                print(page);
                return ExitCode.HELD;
            }
            List<List<String>> rows = page.getRequestsList().stream()
                    .map(each -> List.of(
                            Long.toString(each.getId()),
                            each.getActor(),
                            what(each),
                            each.getGid(),
                            Lines.time(each.getUntil()),
                            each.getReason()))
                    .toList();
            PageOptions.print(
                    out(), List.of("ID", "WHO", "ACT", "GID", "UNTIL", "REASON"), rows, page.getNextPageToken());
            return ExitCode.HELD;
        }
    }

    private static String what(ActRequest request) {
        return switch (request.getAskedCase()) {
            case FORCE_FINISH ->
                "force-finish as " + request.getForceFinish().getAs().name();
            case RESOLVE -> {
                ResolveBranchRequest resolve = request.getResolve();
                yield "resolve " + resolve.getBranch() + " " + resolve.getOp() + " "
                        + resolve.getTruthCase().name();
            }
            case RECOVER, ASKED_NOT_SET -> request.getAct();
        };
    }

    /** {@code confirm}. */
    @Command(
            name = "confirm",
            description = "Say yes to what another operator has asked for: the act runs at once.",
            mixinStandardHelpOptions = true)
    static final class Confirming extends ClientCommand {
        @Parameters(paramLabel = "ID")
        private long id;

        @Option(names = "--reason", paramLabel = "TEXT", description = "Why; stands in the audit.")
        private String reason = "";

        /** As long as the command {@code recover} waits, which may be what is confirmed. */
        @Override
        Duration standardTimeout() {
            return RecoverCommand.TIMEOUT;
        }

        @Override
        int run() {
            ConfirmActResponse response = operator()
                    .confirmAct(ConfirmActRequest.newBuilder()
                            .setId(id)
                            .setReason(reason)
                            .build());
            if (printsJson()) {
                print(response);
            } else if (response.hasRecovery()) {
                out().println(response.getRecovery().getReleased() + " released");
            } else {
                printSummary(response.getTransaction());
            }
            return ExitCode.HELD;
        }
    }

    /** {@code withdraw}. */
    @Command(
            name = "withdraw",
            description = "Close a request without its act: one's own, or another's.",
            mixinStandardHelpOptions = true)
    static final class Withdrawing extends ClientCommand {
        @Parameters(paramLabel = "ID")
        private long id;

        @Option(names = "--reason", paramLabel = "TEXT", description = "Why; stands in the audit.")
        private String reason = "";

        @Override
        int run() {
            ActRequest closed = operator()
                    .withdrawAct(WithdrawActRequest.newBuilder()
                            .setId(id)
                            .setReason(reason)
                            .build());
            if (printsJson()) {
                print(closed);
            } else {
                out().println("request " + id + " is withdrawn: " + what(closed) + " "
                        + (closed.getGid().isEmpty() ? "" : "of " + closed.getGid() + " ") + "(" + closed.getActor()
                        + ")");
            }
            return ExitCode.HELD;
        }
    }
}
