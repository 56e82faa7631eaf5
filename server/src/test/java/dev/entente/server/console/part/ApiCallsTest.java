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

/** The time of a page's questions. */
class ApiCallsTest {
    private static final GetTransactionRequest ONE = GetTransactionRequest.getDefaultInstance();

    private final ManagedChannel nobody =
            InProcessChannelBuilder.forName("nobody").build();
    private final List<Deadline> deadlines = new ArrayList<>();
    private final ApiCalls api = new ApiCalls(
            ClientInterceptors.intercept(nobody, new Noting()),
            new SharedAnswers(System::nanoTime),
            "",
            Texts.of(Language.ENGLISH));

    private final class Noting implements ClientInterceptor {
        @Override
        public <Q, R> ClientCall<Q, R> interceptCall(MethodDescriptor<Q, R> method, CallOptions options, Channel next) {
            deadlines.add(Objects.requireNonNull(options.getDeadline()));
            return next.newCall(method, options);
        }
    }

    @AfterEach
    void close() {
        nobody.shutdownNow();
    }

    private Deadline one() {
        var answer = api.askOfOne(TransactionServiceGrpc.getGetTransactionMethod(), ONE)
                .get();
        assertThat(answer.isFailed()).isTrue();
        return deadlines.getLast();
    }

    @Test
    void what_is_asked_about_one_transaction_may_take_all_of_the_pages_time_and_no_more() {
        assertThat(one()).isEqualTo(one());
    }

    @Test
    void a_list_has_less_time_for_the_database_gives_it_up_by_that() {
        var list = TransactionServiceGrpc.getListTransactionsMethod();
        assertThat(api.ask(list, ListTransactionsRequest.getDefaultInstance())
                        .get()
                        .isFailed())
                .isTrue();

        assertThat(deadlines.getLast()).isLessThan(one());
    }

    @Test
    void the_page_that_tells_of_an_act_has_its_time_after_it() {
        Deadline before = one();
        assertThat(api.carryOut(TransactionServiceGrpc.getGetTransactionMethod(), ONE)
                        .isFailed())
                .isTrue();

        assertThat(one()).isGreaterThan(before);
    }
}
