package dev.entente.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.entente.core.decision.Act;
import dev.entente.core.transaction.Branch;
import dev.entente.v1.AbortTransactionRequest;
import dev.entente.v1.BeginTransactionRequest;
import dev.entente.v1.CommitTransactionRequest;
import dev.entente.v1.Plan;
import dev.entente.v1.RegisterBranchRequest;
import dev.entente.v1.RegisterBranchResponse;
import dev.entente.v1.SubmitTransactionRequest;
import dev.entente.v1.SubmitTransactionResponse;
import dev.entente.v1.Tcc;
import dev.entente.v1.TccBranch;
import dev.entente.v1.Transaction;
import java.io.IOException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Beginning, registering, committing and aborting, over a real socket with fakes behind it. */
class InteractiveApiTest {
    private LoopbackApi api;
    private FakeTransactions transactions;

    @BeforeEach
    void open() throws IOException {
        api = LoopbackApi.open();
        transactions = api.transactions;
    }

    @AfterEach
    void close() {
        api.close();
    }

    private SubmitTransactionResponse submit(String gid) {
        return api.client()
                .submitTransaction(SubmitTransactionRequest.newBuilder()
                        .setPlan(SamplePlans.saga(gid))
                        .build());
    }

    @Test
    void a_client_begins_registers_and_commits() {
        Transaction begun = api.client()
                .beginTransaction(BeginTransactionRequest.newBuilder()
                        .setPlan(Plan.newBuilder()
                                .setGid("b-1")
                                .setName("transfer")
                                .setTcc(Tcc.getDefaultInstance()))
                        .build());
        assertThat(begun.getState()).isEqualTo(Transaction.State.BEGUN);
        RegisterBranchResponse registered = api.client()
                .registerBranch(RegisterBranchRequest.newBuilder()
                        .setGid("b-1")
                        .setTcc(TccBranch.newBuilder()
                                .setId("debit")
                                .setTry(SamplePlans.call("stock/a.B/Try"))
                                .setConfirm(SamplePlans.call("stock/a.B/Confirm"))
                                .setCancel(SamplePlans.call("stock/a.B/Cancel")))
                        .build());
        assertThat(registered.getBranch()).isEqualTo("debit");
        assertThat(registered.getFence()).isEqualTo(3);
        assertThat(registered.getFenceBase()).isOne();
        api.client()
                .commitTransaction(CommitTransactionRequest.newBuilder()
                        .setGid("b-1")
                        .addBranches("debit")
                        .putBranchResponses("debit", ByteString.copyFromUtf8("x"))
                        .build());
        assertThat(transactions.acts).hasSize(2);
        assertThat(transactions.acts.getFirst())
                .isInstanceOfSatisfying(
                        Act.Register.class,
                        register -> assertThat(register.branch())
                                .extracting(Branch::id)
                                .isEqualTo("debit"));
        assertThat(transactions.acts.getLast())
                .isInstanceOfSatisfying(
                        Act.Commit.class,
                        commit -> assertThat(commit.responses()).containsEntry("debit", ByteString.copyFromUtf8("x")));
    }

    @Test
    void an_abort_names_who_asked() {
        submit("t-1");
        api.client()
                .abortTransaction(AbortTransactionRequest.newBuilder()
                        .setGid("t-1")
                        .setReason("changed my mind")
                        .build());
        assertThat(transactions.acts).containsExactly(new Act.Abort("changed my mind", "anonymous@127.0.0.1", false));
    }

    @Test
    void a_reason_without_end_and_a_response_beyond_the_limit_are_refused() throws Exception {
        submit("t-1");
        Refused reason = Refused.by(() -> api.client()
                .abortTransaction(AbortTransactionRequest.newBuilder()
                        .setGid("t-1")
                        .setReason("x".repeat(1001))
                        .build()));
        assertThat(reason.violations().getFirst().getField()).isEqualTo("reason");
        Refused response = Refused.by(() -> api.client()
                .commitTransaction(CommitTransactionRequest.newBuilder()
                        .setGid("t-1")
                        .putBranchResponses("debit", ByteString.copyFrom(new byte[(1 << 20) + 1]))
                        .build()));
        assertThat(response.code()).isEqualTo("ENT-023");
        assertThat(transactions.acts).isEmpty();
    }
}
