package dev.entente.server.cli;

import dev.entente.server.cli.text.ExitCode;
import dev.entente.v1.OperateRequest;
import dev.entente.v1.OperatorServiceGrpc.OperatorServiceBlockingStub;
import dev.entente.v1.Transaction;
import java.util.function.BiFunction;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** An operator's act on one transaction: {@code entente tx retry|park|resume|skip|resend}. */
abstract class ActCommand extends ClientCommand {
    @Parameters(paramLabel = "GID")
    private String gid;

    @Option(names = "--reason", paramLabel = "TEXT", description = "Why; stands in the audit.")
    private String reason = "";

    @Option(
            names = "--if-revision",
            paramLabel = "N",
            description = "Only if nothing has happened since that revision.")
    private long ifRevision;

    private final BiFunction<OperatorServiceBlockingStub, OperateRequest, Transaction> act;

    ActCommand(BiFunction<OperatorServiceBlockingStub, OperateRequest, Transaction> act) {
        this.act = act;
    }

    @Override
    final int run() {
        OperateRequest request = OperateRequest.newBuilder()
                .setGid(gid)
                .setReason(reason)
                .setIfRevision(ifRevision)
                .build();
        printSummary(act.apply(operator(), request));
        return ExitCode.HELD;
    }

    /** Has a parked or waiting transaction go on at once. */
    @Command(
            name = "retry",
            description = "Due now; the attempts of every stuck branch start anew.",
            mixinStandardHelpOptions = true)
    static final class Retry extends ActCommand {
        Retry() {
            super(OperatorServiceBlockingStub::retryTransaction);
        }
    }

    /** Gives up deliveries that are stuck. */
    @Command(
            name = "skip",
            description = "Gives up the stuck deliveries of a message.",
            mixinStandardHelpOptions = true)
    static final class Skip extends ActCommand {
        Skip() {
            super(OperatorServiceBlockingStub::skipDelivery);
        }
    }

    /** Keeps new calls of a transaction from leaving. */
    @Command(
            name = "park",
            description = "No new call leaves; it waits for an operator.",
            mixinStandardHelpOptions = true)
    static final class Park extends ActCommand {
        Park() {
            super(OperatorServiceBlockingStub::parkTransaction);
        }
    }

    /** Lifts an operator's park. */
    @Command(
            name = "resume",
            description = "Goes on after parking; attempts are kept, one more is allowed.",
            mixinStandardHelpOptions = true)
    static final class Resume extends ActCommand {
        Resume() {
            super(OperatorServiceBlockingStub::resumeTransaction);
        }
    }

    /** Sends a notification that was given up again. */
    @Command(
            name = "resend",
            description = "Send a notification again that was given up, as a transaction of its own.",
            mixinStandardHelpOptions = true)
    static final class Resend extends ActCommand {
        Resend() {
            super(OperatorServiceBlockingStub::resendNotification);
        }
    }
}
