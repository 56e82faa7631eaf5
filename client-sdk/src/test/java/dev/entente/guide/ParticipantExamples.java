package dev.entente.guide;

import bank.v1.AccountServiceGrpc;
import bank.v1.PutBackRequest;
import bank.v1.PutBackResponse;
import bank.v1.WithdrawRequest;
import bank.v1.WithdrawResponse;
import com.google.protobuf.Message;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import dev.entente.client.BranchFailed;
import dev.entente.client.Call;
import dev.entente.client.Entente;
import dev.entente.participant.AnswerFormat;
import dev.entente.participant.Barrier;
import dev.entente.participant.Branch;
import dev.entente.participant.BranchException;
import dev.entente.participant.BranchHeaders;
import dev.entente.participant.BranchHttpFilter;
import dev.entente.participant.BranchOp;
import dev.entente.participant.CallContext;
import dev.entente.participant.HttpVerdict;
import dev.entente.participant.Rejection;
import dev.entente.participant.XaParticipant;
import dev.entente.participant.wiring.ParticipantWiring;
import io.grpc.Grpc;
import io.grpc.InsecureServerCredentials;
import io.grpc.Server;
import io.grpc.ServerBuilder;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.function.Function;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** The examples of {@code docs/sdk.md} for participants; a test compares both. */
final class ParticipantExamples {
    private ParticipantExamples() {}

    static Server serve(DataSource dataSource, Executor threads) throws IOException, SQLException {
        Barrier barrier = Barrier.postgres();
        barrier.createTable(dataSource);
        return ParticipantWiring.of(threads)
                .service(new AccountService(dataSource, barrier))
                .barrier(barrier, dataSource)
                .on(Grpc.newServerBuilderForPort(7801, InsecureServerCredentials.create()))
                .build()
                .start();
    }

    static Barrier onMariadb(DataSource dataSource) throws SQLException {
        Barrier barrier = Barrier.mariadb();
        barrier.createTable(dataSource);
        return barrier;
    }

    static Server serveQuestions(AccountService accounts, Barrier barrier, DataSource dataSource, Executor threads) {
        return ParticipantWiring.of(threads)
                .service(accounts)
                .checkBack(barrier, dataSource)
                .on(ServerBuilder.forPort(7801))
                .build();
    }

    static CompletableFuture<WithdrawResponse> onOtherThreads(
            ExecutorService threads, Barrier barrier, DataSource dataSource, Barrier.Body<WithdrawResponse> body) {
        ExecutorService workers = CallContext.following(threads);
        return CompletableFuture.supplyAsync(() -> withdraw(barrier, dataSource, body), workers);
    }

    private static WithdrawResponse withdraw(
            Barrier barrier, DataSource dataSource, Barrier.Body<WithdrawResponse> body) {
        try {
            return barrier.run(dataSource, WithdrawResponse.getDefaultInstance(), body);
        } catch (SQLException broken) {
            throw new IllegalStateException(broken);
        }
    }

    static WithdrawResponse fromAQueue(
            Barrier barrier, DataSource dataSource, String gid, Barrier.Body<WithdrawResponse> body)
            throws SQLException {
        Branch branch = Branch.of(gid, "withdraw", BranchOp.ACTION);
        return barrier.run(branch, dataSource, WithdrawResponse.getDefaultInstance(), body);
    }

    static WithdrawResponse prepare(XaParticipant xa, WithdrawRequest request) throws SQLException {
        return xa.prepare(
                WithdrawResponse.getDefaultInstance(), connection -> AccountService.withdraw(connection, request));
    }

    static void sweep(XaParticipant xa, Entente entente) throws SQLException {
        XaParticipant.SweepResult swept = xa.sweep(Duration.ofMinutes(1), entente.transactions()::decision);
        swept.unknown().forEach(System.out::println);
    }

    static final class AccountService extends AccountServiceGrpc.AccountServiceImplBase {
        private final DataSource dataSource;
        private final Barrier barrier;

        AccountService(DataSource dataSource, Barrier barrier) {
            this.dataSource = dataSource;
            this.barrier = barrier;
        }

        @Override
        public void withdraw(WithdrawRequest request, StreamObserver<WithdrawResponse> answer) {
            try {
                answer.onNext(barrier.run(
                        dataSource,
                        WithdrawResponse.getDefaultInstance(),
                        connection -> withdraw(connection, request)));
                answer.onCompleted();
            } catch (SQLException broken) {
                answer.onError(Status.UNAVAILABLE.withCause(broken).asException()); // unknown: called again
            }
        }

        private static WithdrawResponse withdraw(Connection connection, WithdrawRequest request) throws SQLException {
            String sql = "update account set cents = cents - ? where id = ? and cents >= ?";
            try (PreparedStatement update = connection.prepareStatement(sql)) {
                update.setLong(1, request.getCents());
                update.setString(2, request.getAccount());
                update.setLong(3, request.getCents());
                if (update.executeUpdate() == 0) {
                    throw new Rejection("INSUFFICIENT_FUNDS", request.getAccount());
                }
            }
            return recorded(connection, request);
        }

        private static WithdrawResponse recorded(Connection connection, WithdrawRequest request) throws SQLException {
            String sql = "insert into withdrawal (gid, branch, account, cents) values (?, ?, ?, ?) returning id";
            try (PreparedStatement insert = connection.prepareStatement(sql)) {
                insert.setString(1, Branch.current().map(Branch::gid).orElse("direct"));
                insert.setString(2, Branch.current().map(Branch::name).orElse("direct"));
                insert.setString(3, request.getAccount());
                insert.setLong(4, request.getCents());
                try (var row = insert.executeQuery()) {
                    row.next();
                    return WithdrawResponse.newBuilder()
                            .setWithdrawalId("w-" + row.getLong(1))
                            .build();
                }
            }
        }

        @Override
        public void putBack(PutBackRequest request, StreamObserver<PutBackResponse> answer) {
            try {
                answer.onNext(barrier.run(
                        dataSource, PutBackResponse.getDefaultInstance(), connection -> putBack(connection)));
                answer.onCompleted();
            } catch (SQLException broken) {
                answer.onError(Status.UNAVAILABLE.withCause(broken).asException());
            }
        }

        private static PutBackResponse putBack(Connection connection) throws SQLException {
            String sql = """
                with gone as (delete from withdrawal where gid = ? and branch = ? returning account, cents)
                update account set cents = account.cents + gone.cents from gone where account.id = gone.account
                """;
            try (PreparedStatement update = connection.prepareStatement(sql)) {
                update.setString(1, Branch.required().gid());
                update.setString(2, Branch.required().name());
                update.executeUpdate();
            }
            return PutBackResponse.getDefaultInstance();
        }
    }

    static void oneLine(
            Barrier barrier, DataSource dataSource, WithdrawRequest request, StreamObserver<WithdrawResponse> answer) {
        barrier.unary(
                answer, dataSource, WithdrawResponse.getDefaultInstance(), connection -> withdraw(connection, request));
    }

    private static WithdrawResponse withdraw(Connection connection, WithdrawRequest request) throws SQLException {
        return AccountService.withdraw(connection, request);
    }

    record Reserved(String id) {
        String json() {
            return "{\"id\":\"" + id + "\"}";
        }

        static Reserved parse(String json) {
            return new Reserved(json.substring("{\"id\":\"".length(), json.length() - "\"}".length()));
        }
    }

    static Reserved asJson(Barrier barrier, DataSource dataSource, String sku) throws SQLException {
        AnswerFormat<Reserved> format = AnswerFormat.text(new Reserved(""), Reserved::json, Reserved::parse);
        return barrier.run(dataSource, format, connection -> reserve(connection, sku));
    }

    private static Reserved reserve(Connection connection, String sku) throws SQLException {
        try (PreparedStatement update = connection.prepareStatement("update stock set left = left - 1 where sku = ?")) {
            update.setString(1, sku);
            update.executeUpdate();
            return new Reserved("r-" + sku);
        }
    }

    static void overHttp(HttpServer server, HttpHandler handler) {
        server.createContext("/reservations", handler).getFilters().add(new BranchHttpFilter());
    }

    static String overAnyHttp(Function<String, @Nullable String> header, Callable<String> handler) throws Exception {
        try {
            return BranchHeaders.context(header).call(handler);
        } catch (BranchException exception) {
            return HttpVerdict.of(exception).body();
        }
    }

    static String answerOfTheForwardCall() {
        return Branch.required()
                .forwardResponse(WithdrawResponse.getDefaultInstance())
                .map(WithdrawResponse::getWithdrawalId)
                .orElse("");
    }

    static WithdrawResponse inAFrameworksTransaction(
            Barrier barrier, Connection connection, Barrier.Body<WithdrawResponse> body) throws SQLException {
        return barrier.run(connection, WithdrawResponse.getDefaultInstance(), body);
    }

    static Barrier settling(DataSource dataSource) {
        return Barrier.postgres().withRejectionsStoredIn(dataSource);
    }

    static <R extends Message> void child(Entente entente, Call<R> fee, Call<?> confirmFee, Call<?> cancelFee) {
        Branch branch = Branch.required();
        try {
            entente.join(branch.gid(), branch.name()).tryBranch("fee", fee, confirmFee, cancelFee);
        } catch (BranchFailed failed) {
            throw new Rejection("FEE", "no fee could be reserved: " + failed.rejection(), failed);
        }
    }
}
