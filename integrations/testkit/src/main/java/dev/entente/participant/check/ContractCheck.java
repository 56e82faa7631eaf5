package dev.entente.participant.check;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/**
 * Calls a participant twice, at once, too early, too late and in the wrong order, and says which of its promises hold.
 * What it did is judged by a query on its own database, not by what it answers. A participant that serves the
 * coordinator's stream is called in both ways, for each has its own wiring.
 *
 * <pre>{@code
 * List<Finding> findings = new ContractCheck(
 *         Witness.query(database, "select on_hand, reserved from stock where sku = 'A-1'"))
 *     .check(CheckedBranch.saga("reserve",
 *         CheckedOperation.of(channel, StockServiceGrpc.getReserveMethod(), reserve),
 *         CheckedOperation.of(channel, StockServiceGrpc.getReleaseMethod(), release)));
 * assertThat(findings).noneMatch(finding -> finding.verdict() == Finding.Verdict.BROKEN);
 * }</pre>
 *
 * <p>For a participant that nobody else calls meanwhile: what others change would count as its fault. Every check uses
 * gids of its own; what a saga's step or a try does is undone again where it has an undo, what a confirm makes real
 * stays. Immutable and thread-safe; one check at a time is what makes sense.
 */
public final class ContractCheck {
    private final Witness witness;

    /** @param witness looks at what the participant has done */
    public ContractCheck(Witness witness) {
        this.witness = witness;
    }

    /**
     * Checks one branch. Blocks, for seconds where a participant does not answer.
     *
     * @return a finding for each guarantee that the branch's pattern asks for, and for each way to call it
     * @throws SQLException if the query fails
     */
    public List<Finding> check(CheckedBranch branch) throws SQLException {
        List<Finding> all = new ArrayList<>(new BranchChecks(branch, CallWay.UNARY, witness).run());
        if (CallWay.isStreamServed(branch.forward().channel(), BranchCalls.PATIENCE)) {
            all.addAll(new BranchChecks(branch, CallWay.STREAM, witness).run());
        }
        return List.copyOf(all);
    }

    /** Checks several branches, one after another. Blocks. */
    public List<Finding> check(List<CheckedBranch> branches) throws SQLException {
        List<Finding> all = new ArrayList<>();
        for (CheckedBranch branch : branches) {
            all.addAll(check(branch));
        }
        return List.copyOf(all);
    }
}
