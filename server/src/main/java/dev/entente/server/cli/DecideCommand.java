package dev.entente.server.cli;

import dev.entente.server.cli.text.ExitCode;
import dev.entente.v1.DecideApprovalRequest;
import dev.entente.v1.Transaction;
import java.time.Duration;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Somebody answers an approval: {@code entente tx approve|reject}. */
abstract class DecideCommand extends ClientCommand {
    @Parameters(index = "0", paramLabel = "GID")
    private String gid;

    @Parameters(index = "1", paramLabel = "STEP", description = "The approval's id in the plan.")
    private String step;

    @Option(names = "--reason", paramLabel = "TEXT", description = "Why; stands in the history and in the audit.")
    private String reason = "";

    @Override
    final int run() {
        Transaction transaction = transactions(Duration.ZERO)
                .decideApproval(DecideApprovalRequest.newBuilder()
                        .setGid(gid)
                        .setBranch(step)
                        .setApproved(isYes())
                        .setReason(reason)
                        .build());
        printSummary(transaction);
        return ExitCode.HELD;
    }

    abstract boolean isYes();

    /** Yes. */
    @Command(
            name = "approve",
            description = "Say yes where a saga waits for a person; what comes after it goes on.",
            mixinStandardHelpOptions = true)
    static final class Approve extends DecideCommand {
        @Override
        boolean isYes() {
            return true;
        }
    }

    /** No. */
    @Command(
            name = "reject",
            description = "Say no where a saga waits for a person; what was done before is undone.",
            mixinStandardHelpOptions = true)
    static final class Reject extends DecideCommand {
        @Override
        boolean isYes() {
            return false;
        }
    }
}
