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
 * The event classes of one kind of object with their stored types, and the conversions of older forms to current forms.
 *
 * <pre>{@code
 * EventTypes<UserEvent> types = EventTypes.of(UserEvent.class)
 *     .event(Created.class, "user-created", 2, Created::toBytes, Created::fromBytes)
 *     .upcast("user-created", 1, "user-created", 2, Created::withCurrency)
 *     .build();
 * }</pre>
 *
 * <p>Stored events never change: an upcaster runs each time an old event is read. Immutable and thread-safe.
 *
 * @param <E> the common type of the events
 */
public final class EventTypes<E> {
    private final Map<Class<?>, Declared<E>> byClass;
    private final Map<Form, Declared<E>> byForm;
    private final Map<Form, Upcast> upcasts;

    private record Form(String type, int version) {}

    private record Declared<E>(Form form, Function<E, ByteString> write, Reader<? extends E> read) {}

    private record Upcast(Form to, Reader<ByteString> change) {}

    /**
     * A conversion of stored bytes to a value.
     *
     * @param <T> the value
     */
    @FunctionalInterface
    public interface Reader<T> {
        /**
         * Reads the value.
         *
         * @throws IOException if the bytes do not have the expected form
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
     * Converts an event to its stored form.
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
     * Converts a stored event to an event, with all upcasters that its form needs.
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
     * @param <E> the common type of the events
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
         * @param event the exact class, without its subclasses
         * @param type the stored name
         * @param version of the payload's form, 1 or more; raise it together with an upcaster from the previous version
         * @throws IllegalArgumentException if the class, or the type in this version, is declared already
         */
        public <T extends E> Builder<E> event(
                Class<T> event, String type, int version, Function<T, ByteString> write, Reader<T> read) {
            Form form = form(type, version);
            Declared<E> declared = new Declared<>(form, any -> write.apply(event.cast(any)), read);
            if (byClass.putIfAbsent(event, declared) != null || byForm.putIfAbsent(form, declared) != null) {
                throw new IllegalArgumentException(
                        event.getName() + ", or " + reported(form) + ", is declared twice for " + base.getName());
            }
            return this;
        }

        /**
         * Adds an upcaster from an older form to a newer form, or from an old type to a new type.
         *
         * @param change converts the older payload to the newer one
         * @throws IllegalArgumentException if this form has an upcaster already
         */
        public Builder<E> upcast(String type, int version, String newType, int newVersion, Reader<ByteString> change) {
            Form from = form(type, version);
            if (upcasts.putIfAbsent(from, new Upcast(form(newType, newVersion), change)) != null) {
                throw new IllegalArgumentException("two upcasters lead from " + reported(from));
            }
            return this;
        }

        /**
         * Checks the declaration.
         *
         * @throws IllegalStateException with all errors: upcasters in a cycle, upcasters to an undeclared form, or
         *     upcasters from a form that is still written
         */
        public EventTypes<E> build() {
            List<String> wrong = new ArrayList<>();
            for (Form from : upcasts.keySet()) {
                if (byForm.containsKey(from)) {
                    wrong.add(reported(from) + " is written, and an upcaster leads from it");
                }
                Form end = end(from);
                if (end == null) {
                    wrong.add("the upcasters from " + reported(from) + " form a cycle");
                } else if (!byForm.containsKey(end)) {
                    wrong.add("the upcasters from " + reported(from) + " lead to " + reported(end)
                            + ", which is not declared");
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

        private static String reported(Form form) {
            return "'" + form.type() + "' version " + form.version();
        }
    }
}
