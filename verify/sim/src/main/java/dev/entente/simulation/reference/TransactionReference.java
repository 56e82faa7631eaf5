package dev.entente.simulation.reference;

import dev.entente.simulation.reference.Blueprint.Limb;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One transaction as docs/patterns/rules.md has it. Told what was seen, it says which calls may leave next, accuses
 * what must not have happened, and says how it must end. Small and slow; shares nothing with the engine.
 *
 * <p>It is exact where it was told exactly. Between a request and its answer an act may or may not have taken effect:
 * then both are permitted.
 */
public final class TransactionReference {
    private final CaseFile file;
    private final Map<Long, CoordinatorView> views = new HashMap<>();
    private final List<Accusation> accusations = new ArrayList<>();
    private long holder;

    /** An operation of a branch. */
    public record Call(String branch, String operation) {
        @Override
        public String toString() {
            return branch + "/" + operation;
        }
    }

    /**
     * A transaction that was accepted, durably.
     *
     * @param holder the coordinator that accepted and holds it, or 0 where nobody does
     * @param clockErrorMillis by how much a coordinator's clock may be wrong
     * @param patienceMillis how long nobody must have been reached for one attempt: Attempts 1
     */
    public TransactionReference(
            Blueprint plan, StoredRecord accepted, long holder, long clockErrorMillis, long patienceMillis) {
        this.file = new CaseFile(plan, accepted, clockErrorMillis, patienceMillis);
        this.holder = holder;
        if (holder != 0) {
            views.put(holder, new CoordinatorView(file, holder));
        }
    }

    public Blueprint plan() {
        return file.plan();
    }

    /** All that was accused so far. */
    public List<Accusation> accusations() {
        return List.copyOf(accusations);
    }

    /** The calls that the coordinator that holds it may make now. */
    public Set<Call> mayLeave(long at) {
        Set<Call> calls = new LinkedHashSet<>();
        CoordinatorView view = views.get(holder);
        for (Limb limb : file.plan().limbs()) {
            for (String operation : limb.operations().keySet()) {
                if (view != null) {
                    view.settle(at);
                }
                if (view != null && CallRules.whyNot(view, limb, operation, at) == null) {
                    calls.add(new Call(limb.id(), operation));
                }
            }
        }
        return calls;
    }

    /** How it must end by what its holder knows; null while that is open. */
    public @Nullable Ending ending() {
        CoordinatorView view = views.get(holder);
        return view == null ? null : EndRules.ending(view);
    }

    /** Something happened. */
    public void saw(Occurrence seen) {
        switch (seen) {
            case Occurrence.Left left -> left(left);
            case Occurrence.Heard heard -> heard(heard);
            case Occurrence.Joined joined -> file.joined(joined.limb());
            case Occurrence.ChildAccepted child -> childAccepted(child);
            case Occurrence.Asked asked -> file.deeds().asked(asked);
            case Occurrence.Replied replied -> replied(replied);
            case Occurrence.Unreached unreached -> file.attempts().unreached(unreached);
            case Occurrence.Written written -> written(written);
            case Occurrence.Claimed claimed -> claimed(claimed);
            case Occurrence.ClocksApart apart -> file.clocksApart(apart.millis());
            case Occurrence.FirstOfLane first -> file.firstOfLane(first.branch());
        }
    }

    private void left(Occurrence.Left call) {
        CoordinatorView view = views.get(call.coordinator());
        Limb limb = file.plan().limb(call.branch());
        if (view == null || limb == null) {
            accuse(
                    call.at(),
                    "Forward 1: " + name(call) + " leaves a coordinator that does not hold it, or of no branch");
            return;
        }
        view.settle(call.at());
        String why = CallRules.whyNot(view, limb, call.operation(), call.at());
        if (why != null) {
            accuse(call.at(), name(call) + " left. " + why);
        }
        file.attempts().left(call);
        view.left(call);
    }

    private static String name(Occurrence.Left call) {
        return "'" + call.operation() + "' of '" + call.branch() + "'";
    }

    private void heard(Occurrence.Heard heard) {
        file.heard(heard);
        CoordinatorView view = views.get(heard.coordinator());
        if (view != null) {
            view.heard(heard);
        }
    }

    /** Its offer had left before, unseen: all that can be said is what must have been done by then. */
    private void childAccepted(Occurrence.ChildAccepted child) {
        Limb limb = file.plan().limb(child.branch());
        CoordinatorView view = views.get(holder);
        boolean isFirst = !file.isChildAccepted(child.branch()) && views.size() == 1;
        if (limb != null && view != null && isFirst) {
            String why = file.pattern().whyNotYet(view, limb, file.plan().forward(limb));
            String gate = why == null ? ApprovalRules.whyNotBehind(view, limb) : why;
            if (gate != null) {
                accuse(child.at(), "the transaction of '" + child.branch() + "' was accepted. " + gate);
            }
        }
        file.childAccepted(child.branch());
    }

    /** Law L1: what was answered with a yes is on record. */
    private void replied(Occurrence.Replied replied) {
        file.deeds().replied(replied);
        Deed deed = file.deeds().deed(replied.number());
        if (replied.isOk() && deed != null && !file.stored().shows(deed)) {
            accuse(replied.at(), "laws.md, L1: the yes to " + deed + " was told, and it is not on record");
        }
    }

    private void claimed(Occurrence.Claimed claimed) {
        views.values().forEach(CoordinatorView::superseded);
        holder = claimed.coordinator();
        CoordinatorView view = new CoordinatorView(file, holder);
        views.put(holder, view);
        if (claimed.found() == Occurrence.Found.RUNNING) {
            view.takenOver();
        }
        view.settle(claimed.at());
    }

    private void written(Occurrence.Written written) {
        if (written.takes()) {
            claimed(new Occurrence.Claimed(written.at(), written.coordinator(), Occurrence.Found.AT_REST));
        }
        StoredRecord before = file.stored();
        file.stored(written.stored());
        CoordinatorView view = views.get(written.coordinator());
        if (view == null) {
            accuse(written.at(), "Attempts 3: a coordinator writes that never held it");
            return;
        }
        view.merge(written.at());
        new RecordJudge(file, view, text -> accuse(written.at(), text)).judge(before, written.stored(), written.at());
        List<RecordEntry> entries = written.stored().entries();
        entries.subList(Math.min(before.entries().size(), entries.size()), entries.size()).stream()
                .flatMap(entry -> entry instanceof RecordEntry.Ended ended ? Stream.of(ended) : Stream.empty())
                .map(ended -> file.attempts().whyNotCounted(file, ended))
                .filter(Objects::nonNull)
                .forEach(why -> accuse(written.at(), why));
        if (written.stored().isResting() || written.stored().stage().isEnd()) {
            view.released();
        }
    }

    private void accuse(long at, String text) {
        accusations.add(Accusation.of(at, text));
    }
}
