package dev.entente.participant.check;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/**
 * Calls a participant twice, concurrently, too early, too late and in the wrong order, and reports which promises it
 * keeps. The check judges effects by a query on the participant's database, not by the participant's answers. A
 * participant that serves the coordinator's stream is called in both ways, because each has its own wiring.
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
 * <p>Other clients must not call the participant meanwhile: their changes would count as its errors. Each check uses
 * its own gids. The effects of a saga's step or of a try are undone if there is an undo. The effects of a confirm
 * remain. Immutable and thread-safe; run one check at a time.
 */
public final class ContractCheck {
    private final Witness witness;

    /** @param witness reads the participant's effects */
    public ContractCheck(Witness witness) {
        this.witness = witness;
    }

    /**
     * Checks one branch. Blocks, for seconds if a participant does not answer.
     *
     * @return a finding for each guarantee of the branch's pattern, and for each kind of call
     * @throws SQLException if the query fails
     */
    public List<Finding> check(CheckedBranch branch) throws SQLException {
        List<Finding> all = new ArrayList<>(new BranchChecks(branch, CallKind.UNARY, witness).run());
        if (CallKind.isStreamServed(branch.forward().channel(), BranchCalls.TIMEOUT)) {
            all.addAll(new BranchChecks(branch, CallKind.STREAM, witness).run());
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
