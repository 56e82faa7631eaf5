package dev.entente.server.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.google.common.collect.ImmutableList;
import dev.entente.server.app.LocalCoordinator;
import dev.entente.server.app.SamplePlans;
import dev.entente.v1.AbortTransactionRequest;
import dev.entente.v1.ListTransactionsRequest;
import dev.entente.v1.ListTransactionsResponse;
import dev.entente.v1.OperateMatchingRequest;
import dev.entente.v1.OperateMatchingResponse;
import dev.entente.v1.Transaction;
import dev.entente.v1.TransactionFilter;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Bulk operations and lists of transactions. */
class OperatorApiTest {
    private static LocalCoordinator api;

    @BeforeAll
    static void start() {
        api = LocalCoordinator.start("participants.stock.target", "127.0.0.1:1");
    }

    @AfterAll
    static void stop() {
        api.close();
    }

    private static void submit(String... gids) {
        for (String gid : gids) {
            api.submit(SamplePlans.scheduled(gid));
        }
    }

    private static List<OperateMatchingResponse> operate(String act, String prefix, boolean previews) {
        return ImmutableList.copyOf(api.operator()
                .operateMatching(OperateMatchingRequest.newBuilder()
                        .setFilter(TransactionFilter.newBuilder().setGidPrefix(prefix))
                        .setOperation(act)
                        .setReason("fixed")
                        .setValidateOnly(previews)
                        .build()));
    }

    @Test
    void a_preview_of_a_bulk_operation_changes_nothing() {
        submit("preview-1", "preview-2");
        List<OperateMatchingResponse> reported = operate("park", "preview-", true);
        assertThat(reported).extracting(OperateMatchingResponse::getGid).containsExactly("preview-2", "preview-1");
        assertThat(reported).allSatisfy(one -> {
            assertThat(one.getApplied()).isFalse();
            assertThat(one.getMatched()).isEqualTo(2);
        });
        assertThat(api.get("preview-1").hasParked()).isFalse();
    }

    @Test
    void a_bulk_operation_reports_for_each_transaction_whether_it_was_applied() {
        submit("many-1", "many-2");
        assertThat(operate("park", "many-1", false)).allMatch(OperateMatchingResponse::getApplied);

        List<OperateMatchingResponse> reported = operate("resume", "many-", false);

        assertThat(reported.getLast().getApplied()).isTrue();
        assertThat(reported.getFirst().getApplied()).isFalse();
        assertThat(reported.getFirst().getError().getCode()).isEqualTo("ENT-045");
        await().until(() -> api.number("select count(*) from audit_entry where operation = 'resume'"
                        + " and gid = 'many-2' and after like 'REFUSED ENT-045: %'")
                == 1);
        assertThat(api.number("select count(*) from audit_entry where operation = 'resume' and gid = 'many-1'"))
                .isOne();
    }

    @Test
    void without_authentication_only_an_operators_refused_abort_is_audited() {
        AbortTransactionRequest.Builder abort = AbortTransactionRequest.newBuilder();
        assertThatThrownBy(() -> api.transactions()
                        .abortTransaction(abort.setGid("none-1").build()))
                .hasMessageContaining("ENT-030");
        assertThatThrownBy(() -> api.transactions()
                        .abortTransaction(
                                abort.setGid("none-2").setByOperator(true).build()))
                .hasMessageContaining("ENT-030");
        await().until(() -> api.number("select count(*) from audit_entry where operation = 'abort'"
                        + " and gid = 'none-2' and after like 'REFUSED ENT-030: %'")
                == 1);
        assertThat(api.number("select count(*) from audit_entry where gid = 'none-1'"))
                .isZero();
    }

    @Test
    void an_unreadable_row_hides_no_other_row() {
        submit("row-1", "row-2", "row-3");
        await().until(() ->
                api.number("select count(*) from open_transaction where gid like 'row-%' and owner is null") == 3);
        api.execute("update open_transaction set plan = '\\x0f' where gid = 'row-2'");
        api.execute("update open_transaction set format = 99 where gid = 'row-3'");
        ListTransactionsRequest.Builder request = ListTransactionsRequest.newBuilder()
                .setPageSize(1)
                .setFilter(TransactionFilter.newBuilder().setGidPrefix("row-"));
        List<Transaction> listed = new ArrayList<>();
        do {
            ListTransactionsResponse page = api.transactions().listTransactions(request.build());
            listed.addAll(page.getTransactionsList());
            request.setPageToken(page.getNextPageToken());
        } while (!request.getPageToken().isEmpty());
        assertThat(listed).extracting(Transaction::getGid).containsExactly("row-3", "row-2", "row-1");
        assertThat(listed.get(0).getDetail()).contains("run a newer version");
        assertThat(listed.get(0).hasParked()).isFalse();
        assertThat(listed.get(1).getParked().getReason().name()).isEqualTo("UNREADABLE_ROW");
        assertThat(listed.get(2).getState()).isEqualTo(Transaction.State.SCHEDULED);
    }

    @Test
    void a_page_has_50_rows_by_default_and_at_most_500() {
        StreamClient client = StreamClient.open(api.channel);
        for (int i = 1; i <= 501; i++) {
            client.send(i, SamplePlans.request(SamplePlans.scheduled("page-" + i)));
        }
        await().until(() -> client.answers.size() == 501);
        assertThat(page(0)).isEqualTo(50);
        assertThat(page(1000)).isEqualTo(500);
    }

    private static int page(int size) {
        return api.transactions()
                .listTransactions(ListTransactionsRequest.newBuilder()
                        .setPageSize(size)
                        .setFilter(TransactionFilter.newBuilder().setGidPrefix("page-"))
                        .build())
                .getTransactionsCount();
    }
}
