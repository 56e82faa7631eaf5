package dev.entente.client;

import bank.v1.AccountServiceGrpc;
import bank.v1.FreezeRequest;
import bank.v1.FreezeResponse;
import bank.v1.SettleRequest;
import bank.v1.SettleResponse;
import dev.entente.participant.BranchInterceptor;
import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;

/** A coordinator and a bank that the test controls, and an interactive TCC transaction with both. */
abstract class ScopeFixture {
    final FakeCoordinator coordinator = new FakeCoordinator();
    final FakeBank bank = new FakeBank();
    final Loopback coordinatorServer = new Loopback(coordinator);
    final Loopback bankServer = new Loopback(bank, new BranchInterceptor());
    final Entente entente = coordinatorServer
            .client()
            .participant("account", bankServer.target())
            .retry(Retry.exponential(Duration.ofMillis(5), Duration.ofMillis(20), 3))
            .build();
    final Participant account = entente.participant("account");

    ScopeFixture() throws IOException {}

    @AfterEach
    void close() {
        entente.close();
        coordinatorServer.close();
        bankServer.close();
    }

    Tcc tcc() {
        return entente.tcc("transfer").gid("transfer-1");
    }

    Call<FreezeResponse> freeze(String who) {
        return account.call(
                AccountServiceGrpc.getTryFreezeMethod(),
                FreezeRequest.newBuilder().setAccount(who).setCents(100).build());
    }

    Call<SettleResponse> confirm(Response tried) {
        return cancel().require(
                        SettleRequest.FREEZE_ID_FIELD_NUMBER, tried.field(FreezeResponse.FREEZE_ID_FIELD_NUMBER));
    }

    Call<SettleResponse> cancel() {
        return account.call(AccountServiceGrpc.getCancelFreezeMethod(), SettleRequest.getDefaultInstance());
    }

    static <X extends Throwable> String fail(X failure) throws X {
        throw failure;
    }
}
