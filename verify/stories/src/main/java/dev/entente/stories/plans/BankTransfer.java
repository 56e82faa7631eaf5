package dev.entente.stories.plans;

import dev.entente.client.Call;
import dev.entente.client.Entente;
import dev.entente.client.Participant;
import dev.entente.client.TwoPhase;
import java.time.Duration;
import shop.v1.BankServiceGrpc;
import shop.v1.DecideRequest;
import shop.v1.Fault;
import shop.v1.MoveRequest;
import shop.v1.MoveResponse;

/**
 * A transfer from the bank east to the bank west: branch debit at east, branch credit at west. Both branches are
 * prepared and then committed together.
 *
 * @param preparing faults of both prepares and pre-commits
 * @param settling faults of both commits and rollbacks
 */
public record BankTransfer(String gid, String from, String to, long cents, Fault preparing, Fault settling) {
    /** Returns the transaction, not yet submitted. */
    public TwoPhase plan(Entente entente) {
        Participant east = entente.participant("east");
        Participant west = entente.participant("west");
        return begun(entente)
                .branch("debit", prepare(east, from, -cents), commit(east), rollback(east))
                .branch("credit", prepare(west, to, cents), commit(west), rollback(west));
    }

    /** Returns the transaction with a pre-commit at both banks. */
    public TwoPhase threePhase(Entente entente) {
        Participant east = entente.participant("east");
        Participant west = entente.participant("west");
        return begun(entente)
                .branch("debit", prepare(east, from, -cents), preCommit(east), commit(east), rollback(east))
                .branch("credit", prepare(west, to, cents), preCommit(west), commit(west), rollback(west));
    }

    private TwoPhase begun(Entente entente) {
        return SaleSaga.usual(entente.twoPhase("transfer"), gid).deadline(Duration.ofSeconds(60));
    }

    private Call<MoveResponse> preCommit(Participant bank) {
        return bank.call(
                BankServiceGrpc.getPreCommitMethod(),
                DecideRequest.newBuilder().setFault(preparing).build());
    }

    private Call<MoveResponse> prepare(Participant bank, String account, long moved) {
        return bank.call(
                BankServiceGrpc.getPrepareMethod(),
                MoveRequest.newBuilder()
                        .setAccount(account)
                        .setCents(moved)
                        .setFault(preparing)
                        .build());
    }

    private Call<MoveResponse> commit(Participant bank) {
        return bank.call(BankServiceGrpc.getCommitMethod(), decide());
    }

    private Call<MoveResponse> rollback(Participant bank) {
        return bank.call(BankServiceGrpc.getRollbackMethod(), decide());
    }

    private DecideRequest decide() {
        return DecideRequest.newBuilder().setFault(settling).build();
    }
}
