package dev.entente.simulation.reference;

import dev.entente.simulation.reference.Blueprint.Limb;
import dev.entente.simulation.reference.Blueprint.Nature;
import org.jspecify.annotations.Nullable;

/** Docs/patterns/approval.md. */
final class ApprovalRules {
    private ApprovalRules() {}

    /** "Nothing behind the approval is called before its yes is on record." */
    static @Nullable String whyNotBehind(CoordinatorView view, Limb limb) {
        for (Limb before : view.plan().ancestors(limb)) {
            if (before.nature() == Nature.APPROVAL && !view.forward(before).isDone()) {
                return "approval.md: the yes of '" + before.id() + "' is not on record";
            }
        }
        return null;
    }

    /** Somebody must have said it. */
    static @Nullable String whyNotDecided(CaseFile file, RecordEntry.ApprovalDecided decided) {
        boolean wasSaid =
                file.deeds().mayHave(deed -> deed.equals(new Deed.Approve(decided.branch(), decided.isYes())));
        return wasSaid
                ? null
                : "'" + decided.branch() + "' is " + (decided.isYes() ? "approved" : "refused")
                        + ", and nobody said so";
    }

    /** {@code within} counts from when it was asked. */
    static @Nullable String whyNotExpired(CaseFile file, RecordEntry.ApprovalExpired expired) {
        Limb limb = file.plan().limb(expired.branch());
        if (limb == null) {
            return "there is no approval '" + expired.branch() + "'";
        }
        long askedAt = file.stored().entries().stream()
                .filter(entry -> entry instanceof RecordEntry.ApprovalAsked asked
                        && asked.branch().equals(limb.id())
                        && asked.at() <= expired.at())
                .mapToLong(RecordEntry::at)
                .max()
                .orElse(Long.MAX_VALUE / 2);
        boolean isTooEarly = expired.at() < askedAt + limb.withinMillis() - file.clockErrorMillis();
        return isTooEarly
                ? "'" + limb.id() + "' expired before it was awaited for " + limb.withinMillis() + " ms"
                : null;
    }
}
