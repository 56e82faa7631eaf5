package dev.entente.server.decision;

import dev.entente.server.transaction.Binding;
import dev.entente.server.transaction.Branch;
import dev.entente.server.transaction.BranchProgress;
import dev.entente.server.transaction.BranchState;
import dev.entente.server.transaction.Plan;
import dev.entente.server.transaction.Progress;
import dev.entente.server.transaction.TransactionState;
import java.util.ArrayList;
import java.util.List;

/**
 * What may have been called by an owner that died: every branch without a recorded outcome, except those behind a gate that is always
 * made durable first and is not on record.
 */
final class Suspicion {
  private Suspicion() {}

  /** The branches as a new owner must see them. */
  static List<BranchProgress> of(Progress before, Plan plan) {
    if (before.state() != TransactionState.RUNNING) {
      return before.branches();
    }
    List<BranchProgress> branches = new ArrayList<>(before.branches());
    for (int i = 0; i < branches.size(); i++) {
      BranchProgress branch = branches.get(i);
      boolean isOpen = branch.state() == BranchState.PENDING || branch.state() == BranchState.CALLED;
      // nested branches are called by a participant, never by a coordinator
      if (isOpen && plan.branches().get(i).parent() == null && !isCertainlyUncalled(before, plan, i)) {
        branches.set(i, branch.suspected());
      }
    }
    return branches;
  }

  private static boolean isCertainlyUncalled(Progress before, Plan plan, int index) {
    BranchProgress progress = before.branch(index);
    if (progress.state() != BranchState.PENDING) {
      return false;
    }
    Branch branch = plan.branches().get(index);
    if (branch.pivot() && before.pivotRevision() == 0 || readsWhatIsNotOnRecord(before, plan, branch)) {
      return true;
    }
    for (String earlier : branch.after()) {
      if (isCertainlyUncalled(before, plan, plan.indexOf(earlier))) {
        return true;
      }
    }
    return false;
  }

  private static boolean readsWhatIsNotOnRecord(Progress before, Plan plan, Branch branch) {
    for (Binding binding : branch.forward().bindings()) {
      int from = plan.indexOf(binding.from());
      if (from >= 0 && before.branch(from).state() != BranchState.DONE) {
        return true;
      }
    }
    return false;
  }
}
