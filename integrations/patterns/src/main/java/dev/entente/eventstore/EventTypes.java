package dev.entente.eventstore;

import com.google.protobuf.ByteString;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The events of one kind of object: which class is stored under which type, and how older forms become today's.
 *
 * <pre>{@code
 * EventTypes<UserEvent> types = EventTypes.of(UserEvent.class)
 *     .event(Created.class, "user-created", 2, Created::toBytes, Created::fromBytes)
 *     .upcast("user-created", 1, "user-created", 2, Created::withCurrency)
 *     .build();
 * }</pre>
 *
 * <p>Stored events never change; an upcaster works whenever one is read. Immutable and thread-safe.
 *
 * @param <E> what all events have in common
 */
public final class EventTypes<E> {
    private final Map<Class<?>, Declared<E>> byClass;
    private final Map<Form, Declared<E>> byForm;
    private final Map<Form, Upcast> upcasts;

    private record Form(String type, int version) {}

    private record Declared<E>(Form form, Function<E, ByteString> write, Reader<? extends E> read) {}

    private record Upcast(Form to, Reader<ByteString> change) {}

    /**
     * A way from stored bytes to a value.
     *
     * @param <T> the value
     */
    @FunctionalInterface
    public interface Reader<T> {
        /**
         * Reads them.
         *
         * @throws IOException if they are not of the form
         */
        T read(ByteString payload) throws IOException;
    }

    private EventTypes(Builder<E> builder) {
        byClass = Map.copyOf(builder.byClass);
        byForm = Map.copyOf(builder.byForm);
        upcasts = Map.copyOf(builder.upcasts);
    }

    /** Begins a declaration. */
    public static <E> Builder<E> of(Class<E> base) {
        return new Builder<>(base);
    }

    /**
     * Turns an event into what is stored.
     *
     * @throws IllegalArgumentException if its class is not declared
     */
    public NewEvent write(E event) {
        Declared<E> declared = byClass.get(event.getClass());
        if (declared == null) {
            throw new IllegalArgumentException(event.getClass().getName() + " is not declared as an event; add it with"
                    + " EventTypes.Builder.event");
        }
        return new NewEvent(declared.form.type(), declared.form.version(), declared.write.apply(event));
    }

    /**
     * Turns what is stored into an event, by as many upcasters as lead from its form.
     *
     * @throws EventsUnusable if its type is not declared or its payload cannot be read (ENT-082)
     */
    public E read(StoredEvent stored) {
        Form form = new Form(stored.type(), stored.typeVersion());
        ByteString payload = stored.payload();
        try {
            for (Upcast next = upcasts.get(form); next != null; next = upcasts.get(form)) {
                payload = next.change.read(payload);
                form = next.to;
            }
            Declared<E> declared = byForm.get(form);
            if (declared == null) {
                throw EventsUnusable.undeclared(stored, form.type(), form.version());
            }
            return declared.read.read(payload);
        } catch (IOException | IllegalArgumentException failure) {
            throw EventsUnusable.unreadable(stored, failure);
        }
    }

    /**
     * Declares {@link EventTypes}. Not thread-safe.
     *
     * @param <E> what all events have in common
     */
    public static final class Builder<E> {
        private final Class<E> base;
        private final Map<Class<?>, Declared<E>> byClass = new HashMap<>();
        private final Map<Form, Declared<E>> byForm = new HashMap<>();
        private final Map<Form, Upcast> upcasts = new HashMap<>();

        private Builder(Class<E> base) {
            this.base = base;
        }

        /**
         * Adds a class of events.
         *
         * @param event the class itself; those that extend it are not meant
         * @param type the name under which it is stored
         * @param version of the payload's form, from 1 on; raise it with an upcaster from the one before
         * @throws IllegalArgumentException if the class, or the type in that version, is declared already
         */
        public <T extends E> Builder<E> event(
                Class<T> event, String type, int version, Function<T, ByteString> write, Reader<T> read) {
            Form form = form(type, version);
            Declared<E> declared = new Declared<>(form, any -> write.apply(event.cast(any)), read);
            if (byClass.putIfAbsent(event, declared) != null || byForm.putIfAbsent(form, declared) != null) {
                throw new IllegalArgumentException(
                        event.getName() + ", or " + told(form) + ", is declared twice for " + base.getName());
            }
            return this;
        }

        /**
         * Leads from an older form to a newer one, or from an old type to a new one.
         *
         * @param change makes the newer payload of the older one
         * @throws IllegalArgumentException if another one leads from there
         */
        public Builder<E> upcast(String type, int version, String newType, int newVersion, Reader<ByteString> change) {
            Form from = form(type, version);
            if (upcasts.putIfAbsent(from, new Upcast(form(newType, newVersion), change)) != null) {
                throw new IllegalArgumentException("two upcasters lead from " + told(from));
            }
            return this;
        }

        /**
         * Checks the declaration.
         *
         * @throws IllegalStateException with all that is wrong: upcasters in a circle, to what is not declared, or from
         *     a form that is still written
         */
        public EventTypes<E> build() {
            List<String> wrong = new ArrayList<>();
            for (Form from : upcasts.keySet()) {
                if (byForm.containsKey(from)) {
                    wrong.add(told(from) + " is written, and an upcaster leads from it");
                }
                Form end = end(from);
                if (end == null) {
                    wrong.add("the upcasters from " + told(from) + " lead in a circle");
                } else if (!byForm.containsKey(end)) {
                    wrong.add("the upcasters from " + told(from) + " lead to " + told(end) + ", which is not declared");
                }
            }
            if (byForm.isEmpty()) {
                wrong.add("no event is declared");
            }
            if (!wrong.isEmpty()) {
                wrong.sort(null);
                throw new IllegalStateException("events of " + base.getName() + ": " + String.join("; ", wrong));
            }
            return new EventTypes<>(this);
        }

        private @Nullable Form end(Form from) {
            Set<Form> seen = new HashSet<>();
            Form end = from;
            for (Upcast next = upcasts.get(end); next != null; next = upcasts.get(end)) {
                if (!seen.add(end)) {
                    return null;
                }
                end = next.to;
            }
            return end;
        }

        private static Form form(String type, int version) {
            StreamNames.requirePrintable("an event's type", type);
            if (version < 1) {
                throw new IllegalArgumentException("a type's version is 1 or more, not " + version);
            }
            return new Form(type, version);
        }

        private static String told(Form form) {
            return "'" + form.type() + "' version " + form.version();
        }
    }
}
