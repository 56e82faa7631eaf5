package dev.entente.client;

import dev.entente.v1.Binding;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The fields that a call takes from earlier responses, and the plans to which those responses belong. Immutable.
 *
 * @param plans the builders of those plans, for each binding one; builders are equal to themselves alone
 */
record Bindings(List<Binding> all, List<Object> plans) {
    static final Bindings NONE = new Bindings(List.of(), List.of());

    /** @param plan null where the response belongs to no builder */
    Bindings with(Binding binding, @Nullable Object plan) {
        List<Binding> more = new ArrayList<>(all);
        more.add(binding);
        List<Object> origins = new ArrayList<>(plans);
        if (plan != null) {
            origins.add(plan);
        }
        return new Bindings(List.copyOf(more), List.copyOf(origins));
    }

    /**
     * Refuses a field of a response in another plan, whose branch may have the same name here.
     *
     * @throws TransactionRefused ENT-018
     */
    void refuseOthersThan(Object plan, String branch) {
        for (Object origin : plans) {
            if (!origin.equals(plan)) {
                throw TransactionRefused.mistake(
                        "ENT-018",
                        "'" + branch + "' takes a field of a response in another plan, which will not be there; bind"
                                + " fields of this plan's own steps");
            }
        }
    }
}
