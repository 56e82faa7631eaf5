package dev.entente.statemachine;

import java.util.List;

/** Reports an event that the object's state does not allow. Nothing was changed, and the transaction can continue. */
public final class TransitionRefused extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final String id;
    private final String state;
    private final String event;
    private final transient List<String> allowed;

    TransitionRefused(String machine, String id, String state, String event, List<String> allowed) {
        super(machine + " '" + id + "' is " + state + ", where " + event + " is not allowed; allowed: "
                + (allowed.isEmpty() ? "nothing, the state is final" : String.join(", ", allowed)));
        this.id = id;
        this.state = state;
        this.event = event;
        this.allowed = List.copyOf(allowed);
    }

    /** Returns the object's id. */
    public String id() {
        return id;
    }

    /** Returns the object's state, by the name of the enum's constant. */
    public String state() {
        return state;
    }

    /** Returns the refused event, by the name of the enum's constant. */
    public String event() {
        return event;
    }

    /** Returns the events that this state allows; empty in a final state. */
    public List<String> allowed() {
        return allowed;
    }
}
