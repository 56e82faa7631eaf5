package dev.entente.idempotency;

import com.google.protobuf.MessageLite;
import dev.entente.wire.SameBytes;
import io.grpc.BindableService;
import io.grpc.ForwardingServerCall;
import io.grpc.ForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerInterceptors;
import io.grpc.ServerMethodDefinition;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Replays the response to a repeated unary call with an {@code idempotency-key}. A response with status OK is stored
 * before it is sent; any other status frees the key. The interceptor ignores streams.
 *
 * <p>Returns INVALID_ARGUMENT for an invalid key, or for no key if keys are {@linkplain IdempotencyKeys#required
 * required}. Returns ABORTED while an equal request runs, FAILED_PRECONDITION for another content, and UNIMPLEMENTED
 * with ENT-094 without the table of keys. A replayed response has the header {@code idempotency-replayed: true}. The
 * interceptor calls the store on the thread that serves the call, and on the thread of the handler's response.
 * Thread-safe.
 */
public final class IdempotencyInterceptor implements ServerInterceptor {
    private static final Logger LOG = LoggerFactory.getLogger(IdempotencyInterceptor.class);
    private static final Pattern UNDERSCORES = Pattern.compile("_+(.?)");
    private static final Metadata.Key<String> KEY = header(IdempotencyKeys.HEADER);
    private static final Metadata.Key<String> OTHER_KEY = header(IdempotencyKeys.OTHER_HEADER);
    private static final Metadata.Key<String> REPLAYED = header(IdempotencyKeys.REPLAYED);

    private final IdempotencyKeys keys;
    private final Predicate<MethodDescriptor<?, ?>> selected;

    /** Creates an interceptor for all unary methods of its services. */
    public IdempotencyInterceptor(IdempotencyKeys keys) {
        this(keys, method -> true);
    }

    private IdempotencyInterceptor(IdempotencyKeys keys, Predicate<MethodDescriptor<?, ?>> selected) {
        this.keys = keys;
        this.selected = selected;
    }

    /**
     * Intercepts the methods of a service that are marked {@link Idempotent}.
     *
     * @throws IllegalArgumentException if no method is marked, or a marked method is no unary rpc of the service
     */
    public static ServerServiceDefinition on(BindableService service, IdempotencyKeys keys) {
        ServerServiceDefinition bound = service.bindService();
        List<Method> methods = methods(service.getClass());
        Map<String, String> rpcs = unaryRpcs(bound, methods);
        Set<String> marked = new HashSet<>();
        for (Method method : methods) {
            if (method.isAnnotationPresent(Idempotent.class)) {
                String rpc = rpcs.get(method.getName());
                if (rpc == null || !isRpc(method, methods)) {
                    throw new IllegalArgumentException(method + " is marked @Idempotent, but is not a unary RPC of "
                            + bound.getServiceDescriptor().getName() + "; the unary RPCs are "
                            + String.join(", ", rpcs.keySet()));
                }
                marked.add(rpc);
            }
        }
        if (marked.isEmpty()) {
            throw new IllegalArgumentException(
                    "no method of " + service.getClass().getName()
                            + " is marked @Idempotent; mark one, or use new IdempotencyInterceptor(keys) for all");
        }
        return ServerInterceptors.intercept(
                bound, new IdempotencyInterceptor(keys, method -> marked.contains(method.getFullMethodName())));
    }

    /** Returns the methods of a class and its supertypes, because a proxy overrides methods without annotations. */
    private static List<Method> methods(Class<?> service) {
        return Stream.<Class<?>>iterate(service, Objects::nonNull, Class::getSuperclass)
                .flatMap(type -> Stream.concat(
                        Arrays.stream(type.getDeclaredMethods()),
                        Arrays.stream(type.getInterfaces()).flatMap(each -> Arrays.stream(each.getMethods()))))
                .toList();
    }

    /** Returns whether a method with the name of an rpc is the generated method or overrides it, and is no overload. */
    private static boolean isRpc(Method marked, List<Method> methods) {
        List<Method> above = methods.stream()
                .filter(method -> method.getName().equals(marked.getName()))
                .filter(method -> method.getDeclaringClass() != marked.getDeclaringClass())
                .filter(method -> method.getDeclaringClass().isAssignableFrom(marked.getDeclaringClass()))
                .toList();
        return (marked.getModifiers() & (Modifier.PRIVATE | Modifier.STATIC)) == 0
                && (above.isEmpty()
                        || above.stream()
                                .anyMatch(method ->
                                        Arrays.equals(method.getParameterTypes(), marked.getParameterTypes())));
    }

    /** Returns the full names of unary rpcs by the names of their Java methods, which protoc generates. */
    private static Map<String, String> unaryRpcs(ServerServiceDefinition service, List<Method> methods) {
        Set<String> names = methods.stream().map(Method::getName).collect(Collectors.toSet());
        Map<String, String> rpcs = new TreeMap<>();
        for (ServerMethodDefinition<?, ?> served : service.getMethods()) {
            MethodDescriptor<?, ?> method = served.getMethodDescriptor();
            if (method.getType() == MethodDescriptor.MethodType.UNARY) {
                String name = mixedLower(String.valueOf(method.getBareMethodName()));
                // a method name that is a Java keyword gets an underscore
                rpcs.put(names.contains(name) ? name : name + "_", method.getFullMethodName());
            }
        }
        return rpcs;
    }

    /** Converts {@code place_order} to {@code placeOrder}, as {@code MixedLower} of protoc's gRPC plugin does. */
    private static String mixedLower(String rpc) {
        return rpc.substring(0, 1).toLowerCase(Locale.ROOT)
                + UNDERSCORES
                        .matcher(rpc.substring(1))
                        .replaceAll(next -> next.group(1).toUpperCase(Locale.ROOT));
    }

    @Override
    public <Q, R> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
        MethodDescriptor<Q, R> method = call.getMethodDescriptor();
        if (method.getType() != MethodDescriptor.MethodType.UNARY || !selected.test(method)) {
            return next.startCall(call, headers);
        }
        List<String> lines = IdempotencyKeys.lines(lines(headers, KEY), lines(headers, OTHER_KEY));
        if (lines.isEmpty() && !keys.isRequired()) {
            return next.startCall(call, headers);
        }
        String key = IdempotencyKeys.key(lines);
        if (key == null) {
            return refused(call, lines.isEmpty() ? KeyRefusal.NO_KEY : KeyRefusal.BAD_KEY);
        }
        KeyUse use = new KeyUse(keys, IdempotencyKeys.key(lines(headers, header(keys.callerHeader())), key));
        call.request(2); // as gRPC's unary handler does, because the handler starts only after the request has arrived
        return new Waiting<>(call, headers, next, use);
    }

    private static <Q, R> ServerCall.Listener<Q> refused(ServerCall<Q, R> call, KeyRefusal why) {
        call.close(why.grpc(), new Metadata());
        return new ServerCall.Listener<>() {};
    }

    private static List<String> lines(Metadata headers, Metadata.Key<String> name) {
        Iterable<String> all = headers.getAll(name);
        return all == null
                ? List.of()
                : StreamSupport.stream(all.spliterator(), false).toList();
    }

    private static Metadata.Key<String> header(String name) {
        return Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER);
    }

    /** Waits for the complete request, then starts the handler, or answers instead of the handler. */
    private static final class Waiting<Q, R> extends ForwardingServerCallListener<Q> {
        private final ServerCall<Q, R> call;
        private final Metadata headers;
        private final ServerCallHandler<Q, R> next;
        private final KeyUse use;
        private @Nullable Q request;
        private ServerCall.Listener<Q> handler = new ServerCall.Listener<>() {};

        private Waiting(ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next, KeyUse use) {
            this.call = call;
            this.headers = headers;
            this.next = next;
            this.use = use;
        }

        @Override
        protected ServerCall.Listener<Q> delegate() {
            return handler;
        }

        @Override
        public void onMessage(Q message) {
            request = message;
        }

        @Override
        public void onHalfClose() {
            Q message = request;
            if (message == null) {
                call.close(Status.INTERNAL.withDescription("a unary call without a request"), new Metadata());
                return;
            }
            try {
                MethodDescriptor<Q, R> method = call.getMethodDescriptor();
                byte[] content = message instanceof MessageLite read
                        ? SameBytes.of(read).toByteArray()
                        : bytes(method.streamRequest(message));
                String digest = IdempotencyKeys.digest(method.getFullMethodName(), content);
                KeyClaim claim = use.claim(digest);
                if (claim instanceof KeyClaim.Taken) {
                    run(message);
                } else if (claim instanceof KeyClaim.Answered answered) {
                    repeat(answered.bytes());
                } else {
                    call.close(KeyRefusal.of(claim).grpc(), new Metadata());
                }
            } catch (IOException broken) {
                LOG.warn("a call is refused", broken);
                call.close(KeyRefusal.NO_STORE.grpc(), new Metadata());
            } catch (KeysUnusable unusable) {
                LOG.error("a call is refused", unusable);
                call.close(Status.UNIMPLEMENTED.withDescription(unusable.getMessage()), new Metadata());
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
                call.close(Status.CANCELLED.withDescription("the server is being stopped"), new Metadata());
            }
        }

        private void run(Q message) {
            try {
                ServerCall.Listener<Q> begun = next.startCall(new Keeping<>(call, use), headers);
                handler = begun;
                begun.onReady();
                begun.onMessage(message);
                begun.onHalfClose();
            } catch (RuntimeException | Error failure) {
                use.failed();
                throw failure;
            }
        }

        private void repeat(byte[] response) {
            Metadata replayed = new Metadata();
            replayed.put(REPLAYED, "true");
            call.sendHeaders(replayed);
            call.sendMessage(call.getMethodDescriptor().parseResponse(new ByteArrayInputStream(response)));
            call.close(Status.OK, new Metadata());
        }
    }

    /** Delays the response until it is stored. */
    private static final class Keeping<Q, R> extends ForwardingServerCall.SimpleForwardingServerCall<Q, R> {
        private final KeyUse use;
        private @Nullable Metadata head;
        private @Nullable R response;

        private Keeping(ServerCall<Q, R> call, KeyUse use) {
            super(call);
            this.use = use;
        }

        /** Does nothing, because the interceptor has already requested the complete request. */
        @Override
        public void request(int messages) {}

        @Override
        public void sendHeaders(Metadata headers) {
            head = headers;
        }

        @Override
        public void sendMessage(R message) {
            response = message;
        }

        @Override
        public void close(Status status, Metadata trailers) {
            R answer = response;
            if (!status.isOk() || answer == null) {
                use.failed();
                super.close(status, trailers);
                return;
            }
            try {
                byte[] bytes = bytes(getMethodDescriptor().streamResponse(answer));
                if (bytes.length > IdempotencyKeys.MAX_ANSWER_BYTES) {
                    use.answeredTooMuch();
                } else {
                    use.answered(bytes);
                }
            } catch (IOException broken) {
                LOG.warn("the response of a call is not stored", broken);
                super.close(KeyRefusal.NO_STORE.grpc(), new Metadata());
                return;
            }
            super.sendHeaders(head == null ? new Metadata() : head);
            super.sendMessage(answer);
            super.close(status, trailers);
        }
    }

    private static byte[] bytes(InputStream message) throws IOException {
        try (InputStream open = message) {
            return open.readAllBytes();
        }
    }
}
