package dev.entente.server.console.part;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.v1.GetTransactionRequest;
import dev.entente.v1.ListTransactionsRequest;
import dev.entente.v1.TransactionServiceGrpc;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.ClientInterceptors;
import io.grpc.Deadline;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.inprocess.InProcessChannelBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Deadlines of a page's API calls. */
class ApiCallsTest {
    private static final GetTransactionRequest ONE = GetTransactionRequest.getDefaultInstance();

    private final ManagedChannel unavailable =
            InProcessChannelBuilder.forName("unknown").build();
    private final List<Deadline> deadlines = new ArrayList<>();
    private final ApiCalls api = new ApiCalls(
            ClientInterceptors.intercept(unavailable, new RecordingInterceptor()),
            new ResponseCache(System::nanoTime),
            "",
            Texts.of(Language.ENGLISH));

    private final class RecordingInterceptor implements ClientInterceptor {
        @Override
        public <Q, R> ClientCall<Q, R> interceptCall(MethodDescriptor<Q, R> method, CallOptions options, Channel next) {
            deadlines.add(Objects.requireNonNull(options.getDeadline()));
            return next.newCall(method, options);
        }
    }

    @AfterEach
    void close() {
        unavailable.shutdownNow();
    }

    private Deadline one() {
        var answer = api.askOfOne(TransactionServiceGrpc.getGetTransactionMethod(), ONE)
                .get();
        assertThat(answer.isFailed()).isTrue();
        return deadlines.getLast();
    }

    @Test
    void calls_about_one_transaction_share_the_pages_deadline() {
        assertThat(one()).isEqualTo(one());
    }

    @Test
    void a_list_call_has_an_earlier_deadline() {
        var list = TransactionServiceGrpc.getListTransactionsMethod();
        assertThat(api.ask(list, ListTransactionsRequest.getDefaultInstance())
                        .get()
                        .isFailed())
                .isTrue();

        assertThat(deadlines.getLast()).isLessThan(one());
    }

    @Test
    void the_page_after_an_operation_gets_a_new_deadline() {
        Deadline before = one();
        assertThat(api.carryOut(TransactionServiceGrpc.getGetTransactionMethod(), ONE)
                        .isFailed())
                .isTrue();

        assertThat(one()).isGreaterThan(before);
    }
}
