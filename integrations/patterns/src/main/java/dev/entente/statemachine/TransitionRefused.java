package dev.entente.statemachine;

import java.util.List;

/** An event that is not allowed in an object's state. Nothing was changed, and the transaction can go on. */
public final class TransitionRefused extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final String id;
    private final String state;
    private final String event;
    private final transient List<String> allowed;

    TransitionRefused(String machine, String id, String state, String event, List<String> allowed) {
        super(machine + " '" + id + "' is " + state + ", where " + event + " is not allowed; allowed: "
                + (allowed.isEmpty() ? "nothing, it has ended" : String.join(", ", allowed)));
        this.id = id;
        this.state = state;
        this.event = event;
        this.allowed = List.copyOf(allowed);
    }

    /** The object. */
    public String id() {
        return id;
    }

    /** Its state, by the name of the enum's constant. */
    public String state() {
        return state;
    }

    /** The event that was refused, by the name of the enum's constant. */
    public String event() {
        return event;
    }

    /** The events that are allowed in that state; empty where it has ended. */
    public List<String> allowed() {
        return allowed;
    }
}
