package dev.entente.server.cli;

import dev.entente.v1.AbortTransactionRequest;
import dev.entente.v1.Body;
import dev.entente.v1.DecideApprovalRequest;
import dev.entente.v1.ForceFinishRequest;
import dev.entente.v1.OperateRequest;
import dev.entente.v1.OperatorServiceGrpc.OperatorServiceBlockingStub;
import dev.entente.v1.ResolveBranchRequest;
import dev.entente.v1.Transaction;
import java.nio.file.Path;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** An act on one transaction: {@code entente tx abort|approve|retry|…}. */
abstract class ActCommand extends ClientCommand {
    @Parameters(index = "0", paramLabel = "GID")
    String gid;

    @Option(names = "--reason", paramLabel = "TEXT", description = "Why; stands in the audit.")
    String reason = "";

    @Mixin
    Seen seen = new Seen();

    /** How the transaction stood when somebody looked, if the act depends on that. */
    static final class Seen {
        @Option(
                names = "--if-revision",
                paramLabel = "N",
                description = "Only if nothing has happened since that revision.")
        long revision;

        @Option(names = "--if-fence", paramLabel = "N", description = "Only if it is still held with that fence.")
        long fence;
    }

    /** Does it, and returns the transaction as it is then. */
    abstract Transaction act();

    @Override
    final int ask() {
        print(act(), Lines::summary);
        return ExitCode.HELD;
    }

    /** An act of which nothing more is said. */
    abstract static class Plain extends ActCommand {
        private final BiFunction<OperatorServiceBlockingStub, OperateRequest, Transaction> act;

        Plain(BiFunction<OperatorServiceBlockingStub, OperateRequest, Transaction> act) {
            this.act = act;
        }

        @Override
        final Transaction act() {
            OperateRequest.Builder request = OperateRequest.newBuilder();
            return act.apply(
                    operator(),
                    request.setGid(gid)
                            .setReason(reason)
                            .setIfRevision(seen.revision)
                            .setIfFence(seen.fence)
                            .build());
        }
    }

    /** Has a parked or waiting transaction go on at once. */
    @Command(name = "retry", description = "Due now; the attempts of every stuck branch start anew.")
    static final class Retry extends Plain {
        Retry() {
            super(OperatorServiceBlockingStub::retryTransaction);
        }
    }

    /** Gives up deliveries that are stuck. */
    @Command(name = "skip", description = "Gives up the stuck deliveries of a message.")
    static final class Skip extends Plain {
        Skip() {
            super(OperatorServiceBlockingStub::skipDelivery);
        }
    }

    /** Keeps new calls of a transaction from leaving. */
    @Command(name = "park", description = "No new call leaves; it waits for an operator.")
    static final class Park extends Plain {
        Park() {
            super(OperatorServiceBlockingStub::parkTransaction);
        }
    }

    /** Lifts an operator's park. */
    @Command(name = "resume", description = "Goes on after parking; attempts are kept, one more is allowed.")
    static final class Resume extends Plain {
        Resume() {
            super(OperatorServiceBlockingStub::resumeTransaction);
        }
    }

    /** Sends a notification that was given up again. */
    @Command(name = "resend", description = "Send a notification again that was given up, as a transaction of its own.")
    static final class Resend extends Plain {
        Resend() {
            super(OperatorServiceBlockingStub::resendNotification);
        }
    }

    /** An answer to an approval. */
    abstract static class Decision extends ActCommand {
        @Parameters(index = "1", paramLabel = "STEP", description = "The approval's id in the plan.")
        private String step;

        private final boolean isYes;

        Decision(boolean isYes) {
            this.isYes = isYes;
        }

        @Override
        final Transaction act() {
            return transactions()
                    .decideApproval(DecideApprovalRequest.newBuilder()
                            .setGid(gid)
                            .setBranch(step)
                            .setApproved(isYes)
                            .setReason(reason)
                            .setIfRevision(seen.revision)
                            .setIfFence(seen.fence)
                            .build());
        }
    }

    /** Yes. */
    @Command(name = "approve", description = "Say yes where a saga waits for a person; what comes after it goes on.")
    static final class Approve extends Decision {
        Approve() {
            super(true);
        }
    }

    /** No. */
    @Command(name = "reject", description = "Say no where a saga waits for a person; what was done before is undone.")
    static final class Reject extends Decision {
        Reject() {
            super(false);
        }
    }

    /** States what happened to one operation. */
    @Command(
            name = "resolve",
            description = "Say what really happened to one operation; the coordinator goes on by itself.")
    static final class Resolve extends ActCommand {
        @Parameters(index = "1", paramLabel = "BRANCH")
        private String branch;

        @Parameters(index = "2", paramLabel = "OPERATION", description = "action, compensate, try, confirm or cancel.")
        private String operation;

        /** Exactly one. */
        private static final class Truth {
            @Option(names = "--done", description = "It was done.")
            private boolean done;

            @Option(
                    names = "--undone",
                    description = "It was done and taken back by hand; or an undo was done by hand.")
            private boolean undone;

            @Option(names = "--never-happened", description = "It was never done.")
            private boolean neverHappened;
        }

        @ArgGroup(multiplicity = "1")
        private Truth truth = new Truth();

        @Option(
                names = "--response-file",
                paramLabel = "FILE",
                description = "With --done: the response as protobuf bytes, where later steps read it.")
        private @Nullable Path response;

        @Override
        Transaction act() {
            ResolveBranchRequest.Builder request = ResolveBranchRequest.newBuilder()
                    .setGid(gid)
                    .setBranch(branch)
                    .setOp(operation)
                    .setReason(reason)
                    .setIfRevision(seen.revision)
                    .setIfFence(seen.fence);
            if (truth.done) {
                request.setDone(Body.newBuilder().setRaw(stated(response)));
            } else if (truth.undone) {
                request.setUndone(true);
            } else {
                request.setNeverHappened(truth.neverHappened);
            }
            return operator().resolveBranch(request.build());
        }
    }

    /** Ends a transaction whatever happened. */
    @Command(
            name = "force-finish",
            description = "End it at once, whatever the participants did; marked as forced for ever.")
    static final class ForceFinish extends ClientCommand {
        /** A state in which it can be made to end. */
        enum End {
            SUCCEEDED,
            ABORTED
        }

        @Parameters(paramLabel = "GID")
        private String gid;

        @Option(names = "--as", paramLabel = "SUCCEEDED|ABORTED", required = true, description = "How it ends.")
        private End as;

        @Option(names = "--reason", paramLabel = "TEXT", required = true, description = "Why; stands in the audit.")
        private String reason;

        @Mixin
        private Seen seen = new Seen();

        @Override
        int ask() {
            ForceFinishRequest.Builder request = ForceFinishRequest.newBuilder()
                    .setGid(gid)
                    .setReason(reason)
                    .setIfRevision(seen.revision)
                    .setIfFence(seen.fence);
            print(
                    operator()
                            .forceFinishTransaction(request.setAs(Transaction.State.valueOf(as.name()))
                                    .build()),
                    Lines::summary);
            return ExitCode.HELD;
        }
    }

    /** Undoes a transaction. */
    @Command(
            name = "abort",
            description = "Undo everything, if that is still possible: before the pivot, and before it completes.")
    static final class Abort extends ClientCommand.Waiting {
        @Parameters(paramLabel = "GID")
        private String gid;

        @Option(names = "--reason", paramLabel = "TEXT", description = "Why; stands in its history.")
        private String reason = "";

        @Mixin
        private Seen seen = new Seen();

        @Override
        int ask() {
            AbortTransactionRequest.Builder request = AbortTransactionRequest.newBuilder()
                    .setGid(gid)
                    .setReason(reason)
                    .setIfRevision(seen.revision)
                    .setIfFence(seen.fence);
            Transaction transaction = patiently((coordinator, left) ->
                    coordinator.abortTransaction(request.setWait(left).build()));
            print(transaction, Lines::summary);
            return transaction.getState() == Transaction.State.ABORTED ? ExitCode.HELD : exitCode(transaction);
        }
    }
}
