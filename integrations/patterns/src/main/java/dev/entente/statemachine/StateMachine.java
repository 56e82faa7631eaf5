package dev.entente.statemachine;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * States, events, and the declared transitions between states. The declaration is checked when it is built.
 *
 * <pre>{@code
 * StateMachine<OrderState, OrderEvent> orders = StateMachine.named("order", OrderState.class, OrderEvent.class)
 *     .startsIn(OrderState.CREATED)
 *     .on(OrderEvent.PAY, OrderState.CREATED, OrderState.PAID)
 *     .on(OrderEvent.SHIP, OrderState.PAID, OrderState.SHIPPED)
 *     .on(OrderEvent.DELIVER, OrderState.SHIPPED, OrderState.DELIVERED)
 *     .on(OrderEvent.CANCEL, OrderState.CREATED, OrderState.CANCELLED)
 *     .on(OrderEvent.CANCEL, OrderState.PAID, OrderState.CANCELLED)
 *     .endsIn(OrderState.DELIVERED, OrderState.CANCELLED)
 *     .build();
 * }</pre>
 *
 * <p>Immutable and thread-safe.
 *
 * @param <S> the states
 * @param <E> the events
 */
public final class StateMachine<S extends Enum<S>, E extends Enum<E>> {
    private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9-]{0,63}");

    private final String name;
    private final Class<S> states;
    private final Class<E> events;
    private final S initial;
    private final Set<S> finals;
    private final Map<E, Map<S, S>> transitions;

    private StateMachine(Builder<S, E> builder, S initial) {
        this.name = builder.name;
        this.states = builder.states;
        this.events = builder.events;
        this.initial = initial;
        this.finals = Collections.unmodifiableSet(EnumSet.copyOf(builder.finals));
        Map<E, Map<S, S>> copy = new EnumMap<>(builder.events);
        builder.transitions.forEach((event, ways) -> copy.put(event, Collections.unmodifiableMap(new EnumMap<>(ways))));
        this.transitions = Collections.unmodifiableMap(copy);
    }

    /**
     * Begins a declaration.
     *
     * @param name {@code [a-z][a-z0-9-]{0,63}}; rows are stored under this name
     * @throws IllegalArgumentException if the name has another form
     */
    public static <S extends Enum<S>, E extends Enum<E>> Builder<S, E> named(
            String name, Class<S> states, Class<E> events) {
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException("'" + name + "' is not a valid name for a state machine; use " + NAME);
        }
        return new Builder<>(name, states, events);
    }

    /** Returns the name under which rows are stored. */
    public String name() {
        return name;
    }

    /** Returns the initial state of each object. */
    public S initial() {
        return initial;
    }

    /** Returns the final states. */
    public Set<S> finals() {
        return finals;
    }

    /** Returns the state after an event; empty if the event is not allowed. */
    public Optional<S> next(S from, E event) {
        return Optional.ofNullable(from(event).get(from));
    }

    /** Returns the events that are allowed in a state. */
    public Set<E> allowed(S from) {
        return transitions.entrySet().stream()
                .filter(entry -> entry.getValue().containsKey(from))
                .map(Map.Entry::getKey)
                .collect(Collectors.toCollection(LinkedHashSet::new));
    }

    /** Returns the states that allow an event, each with the state after the event. */
    Map<S, S> from(E event) {
        return transitions.getOrDefault(event, Map.of());
    }

    /** @throws IllegalStateException if no state has this name */
    S state(String stored) {
        return declared(states, "state", stored);
    }

    /** @throws IllegalStateException if no event has this name */
    E event(String stored) {
        return declared(events, "event", stored);
    }

    private <T extends Enum<T>> T declared(Class<T> type, String kind, String stored) {
        try {
            return Enum.valueOf(type, stored);
        } catch (IllegalArgumentException unknown) {
            throw new IllegalStateException(
                    "the %1$s of a '%2$s' is stored as %3$s, which this version does not declare; keep each %1$s in the"
                                    .formatted(kind, name, stored)
                            + " enum until no row has it",
                    unknown);
        }
    }

    /** Returns a Mermaid state diagram. */
    public String mermaid() {
        StringBuilder drawing = new StringBuilder("stateDiagram-v2\n");
        drawing.append("    [*] --> ").append(initial.name()).append('\n');
        transitions.forEach((event, ways) -> ways.forEach((from, to) -> drawing.append("    ")
                .append(from.name())
                .append(" --> ")
                .append(to.name())
                .append(" : ")
                .append(event.name())
                .append('\n')));
        finals.forEach(end -> drawing.append("    ").append(end.name()).append(" --> [*]\n"));
        return drawing.toString();
    }

    /**
     * Declares a {@link StateMachine}. Not thread-safe.
     *
     * @param <S> the states
     * @param <E> the events
     */
    public static final class Builder<S extends Enum<S>, E extends Enum<E>> {
        private final String name;
        private final Class<S> states;
        private final Class<E> events;
        private final Set<S> finals;
        private final Map<E, Map<S, S>> transitions;
        private @Nullable S initial;

        private Builder(String name, Class<S> states, Class<E> events) {
            this.name = name;
            this.states = states;
            this.events = events;
            this.finals = EnumSet.noneOf(states);
            this.transitions = new EnumMap<>(events);
        }

        /** Sets the initial state of each object. */
        public Builder<S, E> startsIn(S state) {
            initial = state;
            return this;
        }

        /**
         * Declares a transition from one state to another. A transition to the same state only records the event.
         *
         * @throws IllegalArgumentException if the event has a transition from this state already
         */
        public Builder<S, E> on(E event, S from, S to) {
            S before = transitions
                    .computeIfAbsent(event, unused -> new EnumMap<>(states))
                    .putIfAbsent(from, to);
            if (before != null) {
                throw new IllegalArgumentException("state machine '" + name + "': " + event + " leads from " + from
                        + " to " + before + " already");
            }
            return this;
        }

        /** Adds final states. */
        @SafeVarargs
        public final Builder<S, E> endsIn(S... states) {
            for (S state : states) {
                finals.add(state);
            }
            return this;
        }

        /**
         * Checks the declaration and returns the machine.
         *
         * @throws IllegalStateException with all errors. Errors are: no initial state, unreachable states, states that
         *     are not final and have no transition, final states with a transition, events without a transition
         */
        public StateMachine<S, E> build() {
            List<String> wrong = new ArrayList<>();
            S first = initial;
            if (first == null) {
                throw new IllegalStateException("state machine '" + name + "' has no initial state; call startsIn");
            }
            Set<S> reached = reached(first);
            for (S state : states.getEnumConstants()) {
                boolean leads = transitions.values().stream().anyMatch(ways -> ways.containsKey(state));
                if (!reached.contains(state)) {
                    wrong.add(state + " is never reached");
                } else if (!leads && !finals.contains(state)) {
                    wrong.add(state + " has no outgoing transition and is not a final state (endsIn)");
                } else if (leads && finals.contains(state)) {
                    wrong.add(state + " is a final state and has an outgoing transition");
                }
            }
            for (E event : events.getEnumConstants()) {
                if (!transitions.containsKey(event)) {
                    wrong.add(event + " has no transition");
                }
            }
            if (!wrong.isEmpty()) {
                throw new IllegalStateException("state machine '" + name + "': " + String.join("; ", wrong));
            }
            return new StateMachine<>(this, first);
        }

        private Set<S> reached(S first) {
            Set<S> reached = EnumSet.of(first);
            Deque<S> open = new ArrayDeque<>(reached);
            while (!open.isEmpty()) {
                S state = open.remove();
                for (Map<S, S> ways : transitions.values()) {
                    S next = ways.get(state);
                    if (next != null && reached.add(next)) {
                        open.add(next);
                    }
                }
            }
            return reached;
        }
    }
}
