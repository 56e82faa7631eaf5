package dev.entente.server.app;

import com.google.protobuf.util.Timestamps;
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
import java.util.List;

/**
 * Runs commands against a coordinator made up in this process, so that a JVM started with {@code -XX:AOTCacheOutput}
 * writes a cache of what commands load. Needs no database. Started by {@code ./entente} after a build, and by
 * {@code deploy/aot.sh}.
 */
public final class CommandTraining {
    private static final Transaction TRANSACTION = Transaction.newBuilder()
            .setGid("training")
            .setName("checkout")
            .setPattern(Pattern.SAGA)
            .setState(Transaction.State.SUCCEEDED)
            .setTerminal(true)
            .setCreateTime(Timestamps.EPOCH)
            .setFinishTime(Timestamps.EPOCH)
            .addBranches(BranchStatus.newBuilder().setId("pay").setTarget("payment/shop.v1.PaymentService/Charge"))
            .addHistory(event("ACCEPTED").setStateAfter(Transaction.State.RUNNING))
            .addHistory(event("CALL_FINISHED").setBranch("pay").setOutcome(Call.Outcome.OK))
            .addHistory(event("FINISHED").setStateAfter(Transaction.State.SUCCEEDED))
            .build();

    private CommandTraining() {}

    private static HistoryEvent.Builder event(String kind) {
        return HistoryEvent.newBuilder().setKind(kind).setTime(Timestamps.EPOCH);
    }

    /** Ends the process with the worst exit code of its commands. */
    public static void main(String[] args) throws IOException {
        CommandLine.prepare();
        Server coordinator = NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .addService(new MadeUpTransactions())
                .build()
                .start();
        String target = "127.0.0.1:" + coordinator.getPort();
        int exit = List.of(
                        List.of("tx", "describe", "training", "--target", target),
                        List.of("tx", "describe", "training", "-o", "json", "--target", target),
                        List.of("tx", "list", "--target", target))
                .stream()
                .mapToInt(CommandTraining::run)
                .max()
                .orElse(0);
        coordinator.shutdownNow();
        System.exit(exit);
    }

    private static int run(List<String> command) {
        String[] arguments = command.toArray(String[]::new);
        return CommandLine.parser(arguments)
                .setOut(new PrintWriter(Writer.nullWriter()))
                .execute(arguments);
    }

    /** Answers with one transaction, whichever is asked for. */
    private static final class MadeUpTransactions extends TransactionServiceGrpc.TransactionServiceImplBase {
        @Override
        public void getTransaction(GetTransactionRequest request, StreamObserver<Transaction> observer) {
            observer.onNext(TRANSACTION);
            observer.onCompleted();
        }

        @Override
        public void listTransactions(
                ListTransactionsRequest request, StreamObserver<ListTransactionsResponse> observer) {
            observer.onNext(ListTransactionsResponse.newBuilder()
                    .addTransactions(TRANSACTION)
                    .build());
            observer.onCompleted();
        }
    }
}
