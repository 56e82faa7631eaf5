package dev.entente.server.cli;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import dev.entente.server.console.OperationForm;
import dev.entente.v1.AbortTransactionRequest;
import dev.entente.v1.OperatorServiceGrpc.OperatorServiceBlockingStub;
import dev.entente.v1.Transaction;
import io.grpc.stub.ClientCalls;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** An operation on one transaction: {@code entente tx abort|approve|retry|…}. */
abstract class OperationCommand extends ClientCommand {
    @Parameters(index = "0", paramLabel = "GID")
    private String gid = "";

    @Option(names = "--reason", paramLabel = "TEXT", description = "The reason, which is stored in the audit.")
    private String reason = "";

    @Mixin
    private Seen seen = new Seen();

    /** The state of the transaction that the user saw, if the operation depends on it. */
    static final class Seen {
        @Option(
                names = "--if-revision",
                paramLabel = "N",
                description = "Refuse the operation if the transaction has changed since this revision.")
        private long revision;

        @Option(
                names = "--if-fence",
                paramLabel = "N",
                description = "Refuse the operation if the current owner has another fence.")
        private long fence;

        /** @param more further values of the operation, by their names in {@link OperationForm} */
        OperationForm act(ClientCommand command, String gid, String reason, Map<String, String> more) {
            Map<String, String> values = new HashMap<>(more);
            values.put(
                    "operation", command.getClass().getAnnotation(Command.class).name());
            values.put("gid", gid);
            values.put("reason", reason);
            return OperationForm.of(values).at(revision, fence);
        }
    }

    /** Executes the operation and prints the transaction after it. */
    static int carryOut(ClientCommand command, OperationForm act, ByteString response) {
        OperatorServiceBlockingStub stub = command.operator();
        Message request = Objects.requireNonNull(act.request(response));
        Transaction then =
                ClientCalls.blockingUnaryCall(stub.getChannel(), act.method(), stub.getCallOptions(), request);
        command.print(then, Lines::summary);
        return ExitCode.HELD;
    }

    /** Returns the operation's values other than gid and reason, by their names in {@link OperationForm}. */
    Map<String, String> more() {
        return Map.of();
    }

    /** Returns the response of an operation that is resolved as done. */
    ByteString response() {
        return ByteString.EMPTY;
    }

    @Override
    final int ask() {
        return carryOut(this, seen.act(this, gid, reason, more()), response());
    }

    @Command(name = "retry", description = "Call all waiting branches now. Stuck branches count attempts from 0 again.")
    static final class Retry extends OperationCommand {}

    @Command(name = "skip", description = "Give up the stuck deliveries of a message.")
    static final class Skip extends OperationCommand {}

    @Command(name = "park", description = "Send no new call until an operator resumes or retries the transaction.")
    static final class Park extends OperationCommand {}

    @Command(
            name = "resume",
            description = "Continue after parking. The count of attempts is kept, and one more attempt is allowed.")
    static final class Resume extends OperationCommand {}

    @Command(name = "resend", description = "Send a given-up notification again, as a new transaction.")
    static final class Resend extends OperationCommand {}

    /** A decision about an approval. */
    abstract static class Decision extends OperationCommand {
        @Parameters(index = "1", paramLabel = "STEP", description = "The approval's id in the plan.")
        private String step = "";

        @Override
        final Map<String, String> more() {
            return Map.of("branch", step);
        }
    }

    @Command(name = "approve", description = "Approve a step of a saga; the transaction continues.")
    static final class Approve extends Decision {}

    @Command(name = "reject", description = "Reject a step of a saga; the transaction is undone.")
    static final class Reject extends Decision {}

    @Command(
            name = "resolve",
            description = "Record the real outcome of one call; the coordinator then continues automatically.")
    static final class Resolve extends OperationCommand {
        @Parameters(index = "1", paramLabel = "BRANCH")
        private String branch = "";

        @Parameters(
                index = "2",
                paramLabel = "OP",
                description = "action, compensate, try, confirm, cancel, prepare, pre_commit, commit, rollback, deliver"
                        + " or check.")
        private String operation = "";

        /** The outcome: exactly one of the options. */
        private static final class Truth {
            @Option(names = "--done", description = "The call was done.")
            private boolean done;

            @Option(
                    names = "--undone",
                    description = "The call was done, and undone manually; or an undo was done manually.")
            private boolean undone;

            @Option(names = "--never-happened", description = "The call never happened.")
            private boolean neverHappened;
        }

        @ArgGroup(multiplicity = "1")
        private Truth truth = new Truth();

        @Option(
                names = "--response-file",
                paramLabel = "FILE",
                description = "With --done: the response as protobuf bytes, if later steps read it.")
        private @Nullable Path response;

        @Override
        Map<String, String> more() {
            String as = truth.done ? "done" : truth.undone ? "undone" : truth.neverHappened ? "never-happened" : "";
            return Map.of("branch", branch, "op", operation, "as", as);
        }

        @Override
        ByteString response() {
            return truth.done ? stated(response) : ByteString.EMPTY;
        }
    }

    @Command(
            name = "force-finish",
            description = "Finish the transaction without further calls to participants. The transaction is"
                    + " permanently marked as forced.")
    static final class ForceFinish extends ClientCommand {
        /** A final state of a forced finish. */
        enum End {
            SUCCEEDED,
            ABORTED
        }

        @Parameters(paramLabel = "GID")
        private String gid;

        @Option(names = "--as", paramLabel = "SUCCEEDED|ABORTED", required = true, description = "The final state.")
        private End as;

        @Option(
                names = "--reason",
                paramLabel = "TEXT",
                required = true,
                description = "The reason, which is stored in the audit.")
        private String reason;

        @Mixin
        private Seen seen = new Seen();

        @Override
        int ask() {
            OperationForm act = seen.act(this, gid, reason, Map.of("as", as.name()));
            return carryOut(this, act, ByteString.EMPTY);
        }
    }

    @Command(
            name = "abort",
            description =
                    "Undo the transaction, if an undo is still possible: before the pivot, and before completion.")
    static final class Abort extends ClientCommand.Waiting {
        @Parameters(paramLabel = "GID")
        private String gid;

        @Option(
                names = "--reason",
                paramLabel = "TEXT",
                description = "The reason, which is stored in the history and, for an operator, in the audit.")
        private String reason = "";

        @Mixin
        private Seen seen = new Seen();

        @Override
        int ask() {
            var request = (AbortTransactionRequest)
                    Objects.requireNonNull(seen.act(this, gid, reason, Map.of()).request(ByteString.EMPTY));
            Transaction transaction = retrying((coordinator, left) -> coordinator.abortTransaction(
                    request.toBuilder().setWait(left).build()));
            print(transaction, Lines::summary);
            return exitCode(transaction, Transaction.State.ABORTED);
        }
    }
}
