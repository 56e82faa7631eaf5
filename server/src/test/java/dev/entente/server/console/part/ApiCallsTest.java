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
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Deadlines of a page's API calls, and the responses that replace failures. */
class ApiCallsTest {
    private static final GetTransactionRequest ONE = GetTransactionRequest.getDefaultInstance();

    private static final Instant NOW = Instant.parse("2026-11-30T14:03:10Z");

    private final ManagedChannel unavailable =
            InProcessChannelBuilder.forName("unknown").build();
    private final List<Deadline> deadlines = new ArrayList<>();
    private final ApiCalls api = new ApiCalls(
            ClientInterceptors.intercept(unavailable, new RecordingInterceptor()),
            new ResponseCache(System::nanoTime),
            "",
            Texts.of(Language.ENGLISH),
            NOW);

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

    private static ApiResult<Integer> orLast(
            ResponseCache cache, int request, ApiResult<Integer> result, Duration later) {
        return cache.orLast(new ResponseCache.CacheKey("", "Count", request), result, NOW.plus(later));
    }

    @Test
    void an_earlier_response_replaces_a_failure_for_ten_minutes_but_not_a_refusal() {
        ResponseCache cache = new ResponseCache(System::nanoTime);
        ApiResult<Integer> down = ApiResult.failed("down");
        assertThat(orLast(cache, 1, down, Duration.ZERO)).isEqualTo(down);
        assertThat(orLast(cache, 1, ApiResult.of(842), Duration.ZERO)).isEqualTo(ApiResult.of(842));

        assertThat(orLast(cache, 1, down, Duration.ofMinutes(10)))
                .isEqualTo(new ApiResult<>(842, 503, "down", List.of(), NOW));
        assertThat(orLast(cache, 1, down, Duration.ofSeconds(601))).isEqualTo(down);
        ApiResult<Integer> refused = ApiResult.failed(403, "no");
        assertThat(orLast(cache, 1, refused, Duration.ZERO)).isEqualTo(refused);
        for (int i = 2; i < 66; i++) {
            assertThat(orLast(cache, i, down, Duration.ZERO)).isEqualTo(down);
            assertThat(orLast(cache, i, ApiResult.of(i), Duration.ZERO).value()).isEqualTo(i);
        }
        assertThat(orLast(cache, 1, down, Duration.ZERO))
                .as("beyond the capacity")
                .isEqualTo(down);
    }
}
