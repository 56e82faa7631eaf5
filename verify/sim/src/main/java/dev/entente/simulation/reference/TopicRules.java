package dev.entente.simulation.reference;

import dev.entente.simulation.reference.Blueprint.Limb;
import org.jspecify.annotations.Nullable;

/** Docs/patterns/topics.md, "Order". */
final class TopicRules {
    private TopicRules() {}

    /** Forward 2: a delivery with an ordering key leaves when it is the first of its lane. */
    static @Nullable String whyNotInTurn(CaseFile file, Limb limb) {
        return limb.lane().isEmpty() || file.isFirstOfLane(limb.id())
                ? null
                : "Forward 2: it is not the first of its lane, " + limb.lane();
    }
}
