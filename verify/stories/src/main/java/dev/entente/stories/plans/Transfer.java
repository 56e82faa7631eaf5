package dev.entente.stories.plans;

import dev.entente.client.Call;
import dev.entente.client.Entente;
import dev.entente.client.Participant;
import dev.entente.client.Response;
import dev.entente.client.Tcc;
import dev.entente.client.TccScope;
import java.time.Duration;
import java.util.List;
import shop.v1.AccountServiceGrpc;
import shop.v1.Fault;
import shop.v1.FreezeRequest;
import shop.v1.FreezeResponse;
import shop.v1.SettleRequest;
import shop.v1.SettleResponse;

/**
 * A transfer between two accounts: branch debit freezes money, branch credit announces it on the other account.
 *
 * @param settling faults of confirm and cancel
 */
public record Transfer(String gid, String from, String to, long cents, Fault settling) {
    private static final String TRY = "AccountService/TryFreeze";
    private static final String CONFIRM = "AccountService/ConfirmFreeze";
    private static final String CANCEL = "AccountService/CancelFreeze";
    /** The methods that the transfer's branches call if it is committed. */
    public static final List<String> CONFIRMED = List.of(TRY, TRY, CONFIRM, CONFIRM);
    /** The methods that the transfer's branches call if it is aborted after both tries. */
    public static final List<String> CANCELLED = List.of(TRY, TRY, CANCEL, CANCEL);

    /** Returns the transaction, not yet submitted. The coordinator calls the tries. */
    public Tcc declared(Entente entente) {
        Participant bank = entente.participant("account");
        return begun(entente)
                .branch("debit", freeze(bank, from, cents), tried -> confirm(bank, tried), cancel(bank, from, cents))
                .branch("credit", freeze(bank, to, -cents), tried -> confirm(bank, tried), cancel(bank, to, -cents));
    }

    /** Returns the transaction without branches. Its owner calls the tries. */
    public Tcc begun(Entente entente) {
        return SaleSaga.usual(entente.tcc("transfer"), gid).deadline(Duration.ofSeconds(60));
    }

    /** Tries both branches in an interactive scope. Blocks. */
    public void tryIn(TccScope scope, Entente entente) {
        Participant bank = entente.participant("account");
        scope.tryBranch("debit", freeze(bank, from, cents), tried -> confirm(bank, tried), cancel(bank, from, cents));
        scope.tryBranch("credit", freeze(bank, to, -cents), tried -> confirm(bank, tried), cancel(bank, to, -cents));
    }

    private static Call<FreezeResponse> freeze(Participant bank, String account, long cents) {
        return bank.call(
                AccountServiceGrpc.getTryFreezeMethod(),
                FreezeRequest.newBuilder().setAccount(account).setCents(cents).build());
    }

    private Call<SettleResponse> confirm(Participant bank, Response tried) {
        return bank.call(
                        AccountServiceGrpc.getConfirmFreezeMethod(),
                        SettleRequest.newBuilder().setFault(settling).build())
                .set(SettleRequest.FREEZE_ID_FIELD_NUMBER, tried.field(FreezeResponse.FREEZE_ID_FIELD_NUMBER));
    }

    private Call<SettleResponse> cancel(Participant bank, String account, long cents) {
        return bank.call(
                AccountServiceGrpc.getCancelFreezeMethod(),
                SettleRequest.newBuilder()
                        .setAccount(account)
                        .setCents(cents)
                        .setFault(settling)
                        .build());
    }
}
