package dev.entente.stories.plans;

import dev.entente.client.Call;
import dev.entente.client.Entente;
import dev.entente.client.Participant;
import dev.entente.client.Tcc;
import dev.entente.client.TccScope;
import java.time.Duration;
import shop.v1.AccountServiceGrpc;
import shop.v1.Fault;
import shop.v1.FreezeRequest;
import shop.v1.FreezeResponse;
import shop.v1.SettleRequest;
import shop.v1.SettleResponse;

/**
 * A transfer with a fee, in four branches: the sender's fee nests under the debit, the bank's income under the credit.
 * A client that knows only the transaction's id registers the income, and reports the children that it tried.
 *
 * @param settling faults of confirm and cancel
 */
public record FeeTransfer(String gid, String from, String to, String bank, long cents, long fee, Fault settling) {
    /** Returns the transaction without branches. */
    public Tcc begun(Entente entente) {
        return SaleSaga.usual(entente.tcc("transfer-with-fee"), gid).deadline(Duration.ofSeconds(60));
    }

    /** Tries all four branches. Blocks. */
    public void tryIn(TccScope scope, Entente entente) {
        Participant accounts = entente.participant("account");
        scope.tryBranch("debit", freeze(accounts, from, cents), settle(accounts, true), settle(accounts, false));
        scope.nested("debit")
                .tryBranch("fee", freeze(accounts, from, fee), settle(accounts, true), settle(accounts, false));
        scope.tryBranch("credit", freeze(accounts, to, -cents), settle(accounts, true), settle(accounts, false));
        TccScope elsewhere = entente.join(scope.gid(), "credit");
        elsewhere.tryBranch("income", freeze(accounts, bank, -fee), settle(accounts, true), settle(accounts, false));
        scope.alsoTried("credit", elsewhere.tried());
    }

    private static Call<FreezeResponse> freeze(Participant accounts, String account, long cents) {
        return accounts.call(
                AccountServiceGrpc.getTryFreezeMethod(),
                FreezeRequest.newBuilder().setAccount(account).setCents(cents).build());
    }

    /** Returns the call that confirms or cancels a freeze. The participant finds the freeze by gid and branch. */
    private Call<SettleResponse> settle(Participant accounts, boolean confirms) {
        return accounts.call(
                confirms ? AccountServiceGrpc.getConfirmFreezeMethod() : AccountServiceGrpc.getCancelFreezeMethod(),
                SettleRequest.newBuilder().setFault(settling).build());
    }
}
