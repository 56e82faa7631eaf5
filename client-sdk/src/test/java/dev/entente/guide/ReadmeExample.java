package dev.entente.guide;

import bank.v1.AccountServiceGrpc;
import bank.v1.DepositRequest;
import bank.v1.DepositResponse;
import bank.v1.PutBackRequest;
import bank.v1.WithdrawRequest;
import dev.entente.client.Entente;
import dev.entente.client.Participant;
import dev.entente.client.Saga;
import dev.entente.client.Step;
import java.time.Duration;

/** The example of the README; a test compares both. */
final class ReadmeExample {
    private ReadmeExample() {}

    static DepositResponse transfer(
            Entente entente, String id, Participant bank, WithdrawRequest withdraw, DepositRequest deposit) {
        Saga saga = entente.saga("transfer").gid("transfer-" + id);
        saga.step("withdraw", bank.call(AccountServiceGrpc.getWithdrawMethod(), withdraw))
                .compensateWith(withdrawn -> bank.call(
                                AccountServiceGrpc.getPutBackMethod(), PutBackRequest.getDefaultInstance())
                        .set("withdrawal_id", withdrawn.field("withdrawal_id")));
        Step<DepositResponse> last = saga.step("deposit", bank.call(AccountServiceGrpc.getDepositMethod(), deposit))
                .nothingToUndo()
                .pivot();
        return saga.run(last, Duration.ofSeconds(10)); // or TransactionAborted, or TransactionPending
    }
}
