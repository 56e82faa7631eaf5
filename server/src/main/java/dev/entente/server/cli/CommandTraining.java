package dev.entente.server.cli;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import com.google.protobuf.util.Timestamps;
import dev.entente.v1.Body;
import dev.entente.v1.BranchStatus;
import dev.entente.v1.Call;
import dev.entente.v1.GetTransactionRequest;
import dev.entente.v1.HistoryEvent;
import dev.entente.v1.ListTransactionsRequest;
import dev.entente.v1.ListTransactionsResponse;
import dev.entente.v1.Pattern;
import dev.entente.v1.Transaction;
import dev.entente.v1.TransactionServiceGrpc;
import io.grpc.Server;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;

/**
 * Runs commands against a coordinator made up in this process, so that a JVM started with {@code -XX:AOTCacheOutput}
 * writes a cache of what commands load. Needs no database. Started by {@code ./entente} after a build, and by
 * {@code deploy/aot.sh}.
 */
public final class CommandTraining {
    /** Deep enough for the policy of an operation of a step of a plan. */
    private static final int DEPTH = 8;

    private static final Transaction TRANSACTION = Transaction.newBuilder()
            .setGid("training")
            .setName("checkout")
            .setPattern(Pattern.SAGA)
            .setState(Transaction.State.SUCCEEDED)
            .setTerminal(true)
            .setCreateTime(Timestamps.EPOCH)
            .setFinishTime(Timestamps.EPOCH)
            .addBranches(BranchStatus.newBuilder().setId("pay").setTarget("payment/shop.v1.PaymentService/Charge"))
            .putLabels("customer", "alice")
            .putLabels("region", "north")
            .setResult(Body.newBuilder()
                    .setJson(Value.newBuilder()
                            .setStructValue(Struct.newBuilder()
                                    .putFields(
                                            "tracking",
                                            Value.newBuilder()
                                                    .setStringValue("t-1")
                                                    .build()))))
            .addHistory(event("ACCEPTED").setStateAfter(Transaction.State.RUNNING))
            .addHistory(event("CALL_FINISHED").setBranch("pay").setOutcome(Call.Outcome.OK))
            .addHistory(event("FINISHED").setStateAfter(Transaction.State.SUCCEEDED))
            .build();

    private CommandTraining() {}

    private static HistoryEvent.Builder event(String kind) {
        return HistoryEvent.newBuilder().setKind(kind).setTime(Timestamps.EPOCH);
    }

    /**
     * Ends the process with the worst exit code of its commands. With the argument {@code coordinator} it is the
     * coordinator: that is a process of its own, so that the cache holds what commands load and nothing else.
     */
    public static void main(String[] args) throws IOException, ClassNotFoundException {
        if (args.length > 0) {
            serve();
            return;
        }
        Class.forName("dev.entente.server.app.Main"); // each command begins there
        Process coordinator = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        CommandTraining.class.getName(),
                        "coordinator")
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        System.exit(train(coordinator.inputReader().readLine()));
    }

    private static int train(String target) {
        return List.of(
                        List.of("tx", "describe", "training", "--target", target),
                        List.of("tx", "describe", "training", "-o", "json", "--target", target),
                        List.of("tx", "list", "--target", target))
                .stream()
                .mapToInt(CommandTraining::run)
                .max()
                .orElse(0);
    }

    private static void serve() throws IOException {
        CommandLine.prepare();
        Server coordinator = NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .addService(new MadeUpTransactions(full()))
                .build()
                .start();
        System.out.println("127.0.0.1:" + coordinator.getPort());
        System.in.read(); // until the process that trains has ended
        coordinator.shutdownNow();
    }

    private static int run(List<String> command) {
        String[] arguments = command.toArray(String[]::new);
        return CommandLine.parser(arguments)
                .setOut(new PrintWriter(Writer.nullWriter()))
                .execute(arguments);
    }

    /** Fills the transaction's empty fields, so that commands read no class that the cache lacks. */
    private static Transaction full() {
        Transaction.Builder transaction = TRANSACTION.toBuilder();
        fill(transaction, DEPTH);
        return transaction.build();
    }

    private static void fill(Message.Builder builder, int depth) {
        for (FieldDescriptor field : builder.getDescriptorForType().getFields()) {
            if (field.getJavaType() == FieldDescriptor.JavaType.MESSAGE && depth > 0 && isEmpty(builder, field)) {
                Message.Builder nested = builder.newBuilderForField(field);
                fill(nested, depth - 1);
                if (field.isRepeated()) {
                    builder.addRepeatedField(field, nested.build());
                } else {
                    builder.setField(field, nested.build());
                }
            }
        }
    }

    private static boolean isEmpty(Message.Builder builder, FieldDescriptor field) {
        if (field.isRepeated()) {
            return builder.getRepeatedFieldCount(field) == 0;
        }
        return field.getContainingOneof() == null
                ? !builder.hasField(field)
                : !builder.hasOneof(field.getContainingOneof());
    }

    /** Answers with one transaction, whichever is asked for. */
    private static final class MadeUpTransactions extends TransactionServiceGrpc.TransactionServiceImplBase {
        private final Transaction transaction;

        MadeUpTransactions(Transaction transaction) {
            this.transaction = transaction;
        }

        @Override
        public void getTransaction(GetTransactionRequest request, StreamObserver<Transaction> observer) {
            observer.onNext(transaction);
            observer.onCompleted();
        }

        @Override
        public void listTransactions(
                ListTransactionsRequest request, StreamObserver<ListTransactionsResponse> observer) {
            observer.onNext(ListTransactionsResponse.newBuilder()
                    .addTransactions(transaction)
                    .build());
            observer.onCompleted();
        }
    }
}
