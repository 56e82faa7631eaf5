package dev.entente.server.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.entente.server.api.access.Access;
import dev.entente.server.api.access.TokenFile;
import dev.entente.server.api.access.Tokens;
import dev.entente.v1.SubmitTransactionRequest;
import dev.entente.v1.SubmitTransactionResponse;
import dev.entente.v1.Transaction;
import dev.entente.v1.TransactionServiceGrpc;
import dev.entente.v1.WatchTransactionRequest;
import io.grpc.Context;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Streams of changes, over a real socket with fakes behind it. */
class WatchApiTest {
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
    void a_watch_tells_how_it_stands_and_each_change_until_the_end() {
        submit("t-1");
        Iterator<Transaction> watch = watch("t-1", 0);
        assertThat(watch.next().getRevision()).isEqualTo(1);
        transactions.progress("t-1");
        assertThat(watch.next().getRevision()).isEqualTo(2);
        transactions.succeed("t-1", null);
        Transaction last = watch.next();
        assertThat(last.getTerminal()).isTrue();
        assertThat(watch.hasNext()).isFalse();
        await().until(() -> transactions.watchers("t-1") == 0);
    }

    private Iterator<Transaction> watch(String gid, long afterRevision) {
        return api.client()
                .watchTransaction(WatchTransactionRequest.newBuilder()
                        .setGid(gid)
                        .setAfterRevision(afterRevision)
                        .build());
    }

    @Test
    void a_transaction_has_so_many_watchers_and_no_more() throws Exception {
        submit("t-1");
        submit("t-2");
        List<Context.CancellableContext> open = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            Context.CancellableContext each = Context.current().withCancellation();
            open.add(each);
            each.run(() -> assertThat(watch("t-1", 0).next().getGid()).isEqualTo("t-1"));
        }
        assertThat(Refused.by(() -> watch("t-1", 0).next()).code()).isEqualTo("ENT-050");
        Context.current()
                .withCancellation()
                .run(() -> assertThat(watch("t-2", 0).hasNext()).isTrue());

        open.removeFirst().cancel(null);
        await().until(() -> transactions.watchers("t-1") == 99);
        assertThat(watch("t-1", 0).next().getGid()).isEqualTo("t-1");
        open.forEach(each -> each.cancel(null));
        await().until(() -> transactions.watchers("t-1") == 1);
    }

    @Test
    void a_burst_of_changes_is_told_as_one() {
        submit("t-1");
        Iterator<Transaction> watch = watch("t-1", 0);
        assertThat(watch.next().getRevision()).isEqualTo(1);
        for (int i = 0; i < 50; i++) {
            transactions.progress("t-1");
        }
        transactions.succeed("t-1", null);
        int told = 0;
        while (watch.hasNext()) {
            watch.next();
            told++;
        }
        assertThat(told).isLessThan(10);
    }

    @Test
    void what_has_not_changed_is_not_told_again() {
        submit("t-1");
        Iterator<Transaction> watch = watch("t-1", 0);
        assertThat(watch.next().getRevision()).isEqualTo(1);
        transactions.repeat("t-1");
        transactions.repeat("t-1");
        transactions.progress("t-1");
        assertThat(watch.next().getRevision()).isEqualTo(2);
    }

    @Test
    void a_watch_resumes_after_what_is_known() {
        submit("t-1");
        transactions.progress("t-1");
        Iterator<Transaction> watch = watch("t-1", 2);
        await().until(() -> transactions.watchers("t-1") == 1);
        transactions.progress("t-1");
        assertThat(watch.next().getRevision()).isEqualTo(3);
    }

    @Test
    void a_watch_of_nobody_is_refused_and_one_given_up_is_forgotten() throws Exception {
        assertThat(Refused.by(() -> watch("nobody", 0).hasNext()).code()).isEqualTo("ENT-030");
        submit("t-1");
        Iterator<Transaction> watch = watch("t-1", 0);
        assertThat(watch.next().getGid()).isEqualTo("t-1");
        api.channel.shutdownNow();
        await().until(() -> transactions.watchers("t-1") == 0);
    }

    @Test
    void a_token_that_is_revoked_ends_the_watch_with_the_next_change(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("tokens");
        Tokens.Created created = Tokens.none().create("shop", Set.of(Access.SUBMITTER));
        created.tokens().write(file);
        TokenFile tokens = Proofs.tokens(file);
        try (LoopbackApi guarded = LoopbackApi.withTokens(tokens)) {
            Iterator<Transaction> watch = watched(guarded, created.secret());
            Tokens.none().write(file);
            tokens.refresh();
            guarded.transactions.progress("t-1");
            assertThat(Refused.by(watch::hasNext).code()).isEqualTo("ENT-060");
            await().until(() -> guarded.transactions.watchers("t-1") == 0);
        }
    }

    /** After the first answer. */
    private static Iterator<Transaction> watched(LoopbackApi guarded, String secret) {
        TransactionServiceGrpc.TransactionServiceBlockingStub client =
                TransactionServiceGrpc.newBlockingStub(guarded.as(secret));
        var _ = client.submitTransaction(SubmitTransactionRequest.newBuilder()
                .setPlan(SamplePlans.saga("t-1"))
                .build());
        Iterator<Transaction> watch = client.watchTransaction(
                WatchTransactionRequest.newBuilder().setGid("t-1").build());
        assertThat(watch.next().getRevision()).isEqualTo(1);
        return watch;
    }

    @Test
    void a_token_that_may_see_less_ends_the_watch_of_what_it_may_not_see(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("tokens");
        Tokens.Created created = Tokens.none().create("shop", Set.of(Access.SUBMITTER));
        created.tokens().write(file);
        TokenFile tokens = Proofs.tokens(file);
        try (LoopbackApi guarded = LoopbackApi.withTokens(tokens)) {
            Iterator<Transaction> watch = watched(guarded, created.secret());
            Files.writeString(file, Files.readString(file).replace("shop ", "stall "));
            tokens.refresh();
            guarded.transactions.progress("t-1");
            assertThat(Refused.by(watch::hasNext).code()).isEqualTo("ENT-030");
        }
    }
}
