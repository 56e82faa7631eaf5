package dev.entente.server.app;

import dev.entente.v1.OperateRequest;
import dev.entente.v1.Transaction;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** What an operator does to one transaction: {@code entente tx retry|park|resume|skip|resend}. */
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

    @Override
    final int run() {
        Transaction transaction = act(OperateRequest.newBuilder()
                .setGid(gid)
                .setReason(reason)
                .setIfRevision(ifRevision)
                .build());
        if (printsJson()) {
            print(transaction);
        } else {
            out().println(Lines.summary(transaction));
        }
        return ExitCode.HELD;
    }

    abstract Transaction act(OperateRequest request);

    /** Retry. */
    @Command(
            name = "retry",
            description = "Due now; the attempts of every stuck branch start anew.",
            mixinStandardHelpOptions = true)
    static final class Retry extends ActCommand {
        @Override
        Transaction act(OperateRequest request) {
            return operator().retryTransaction(request);
        }
    }

    /** Skip. */
    @Command(
            name = "skip",
            description = "Gives up the stuck deliveries of a message.",
            mixinStandardHelpOptions = true)
    static final class Skip extends ActCommand {
        @Override
        Transaction act(OperateRequest request) {
            return operator().skipDelivery(request);
        }
    }

    /** Park. */
    @Command(
            name = "park",
            description = "No new call leaves; it waits for an operator.",
            mixinStandardHelpOptions = true)
    static final class Park extends ActCommand {
        @Override
        Transaction act(OperateRequest request) {
            return operator().parkTransaction(request);
        }
    }

    /** Resume. */
    @Command(
            name = "resume",
            description = "Goes on after parking; attempts are kept, one more is allowed.",
            mixinStandardHelpOptions = true)
    static final class Resume extends ActCommand {
        @Override
        Transaction act(OperateRequest request) {
            return operator().resumeTransaction(request);
        }
    }

    /** Resend. */
    @Command(
            name = "resend",
            description = "Send a notification again that was given up, as a transaction of its own.",
            mixinStandardHelpOptions = true)
    static final class Resend extends ActCommand {
        @Override
        Transaction act(OperateRequest request) {
            return operator().resendNotification(request);
        }
    }
}
