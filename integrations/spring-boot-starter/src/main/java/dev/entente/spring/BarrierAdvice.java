package dev.entente.spring;

import dev.entente.participant.Branch;
import dev.entente.participant.BranchException;
import dev.entente.participant.Rejection;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.lang.reflect.Array;
import java.lang.reflect.UndeclaredThrowableException;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.aopalliance.intercept.MethodInterceptor;
import org.aopalliance.intercept.MethodInvocation;
import org.jspecify.annotations.Nullable;

/**
 * Runs methods of one bean behind the barrier. The interceptor {@link #barrier} is the innermost one, inside {@code
 * @Transactional} and security. The interceptor {@link #answering} is outside both, and answers the gRPC call after the
 * transaction. Thread-safe.
 */
final class BarrierAdvice {
    private final Function<MethodInvocation, @Nullable BarrieredMethod> methods;
    private final TransactionalBarrier barrier;

    /** @param methods returns the barriered method of a call; null for another method */
    BarrierAdvice(Function<MethodInvocation, @Nullable BarrieredMethod> methods, TransactionalBarrier barrier) {
        this.methods = methods;
        this.barrier = barrier;
    }

    MethodInterceptor barrier() {
        return call -> {
            BarrieredMethod method = methods.apply(call);
            if (method == null) {
                return call.proceed();
            }
            String refusal = method.refusal();
            if (refusal != null) { // already refused, unless other code calls the bean directly
                throw new IllegalStateException(call.getMethod() + ": " + refusal);
            }
            try {
                if (method.format() == null) {
                    return answered(call);
                }
                Held held = held(call);
                Optional<Object> answer = barrier.run(method.format(), () -> body(call, held));
                if (held == null) {
                    return answer.orElse(null);
                }
                held.answer = answer.orElseThrow();
                return null;
            } catch (UndeclaredThrowableException checked) {
                throw checked.getUndeclaredThrowable();
            }
        };
    }

    /**
     * Runs a controller's method, and renders its answer before the commit. Returns no value, because the stored answer
     * of a repeated call consists of bytes.
     */
    private @Nullable Object answered(MethodInvocation call) {
        if (Branch.current().isEmpty()) { // Spring MVC answers a bare call
            AtomicReference<@Nullable Object> returned = new AtomicReference<>();
            barrier.run(() -> returned.set(body(call, null).orElse(null)));
            return returned.get();
        }
        BarrieredHandlerAdapter.Rendering rendering = BarrieredHandlerAdapter.current(call.getMethod());
        rendering.keep(barrier.run(BarrieredHandlerAdapter.FORMAT, () -> {
            Object returned = body(call, null).orElse(null);
            TransactionalConnection.flush();
            try {
                return rendering.render(returned);
            } catch (RuntimeException unrendered) {
                throw unrendered;
            } catch (Exception unrendered) {
                throw new UndeclaredThrowableException(unrendered);
            }
        }));
        Class<?> type = call.getMethod().getReturnType();
        return type.isPrimitive() && type != void.class ? Array.get(Array.newInstance(type, 1), 0) : null;
    }

    /** Gives a gRPC method an observer that holds the answer until the transaction has ended. */
    MethodInterceptor answering() {
        return call -> {
            BarrieredMethod method = methods.apply(call);
            if (method == null) {
                return call.proceed();
            }
            @SuppressWarnings("unchecked") // by the method's own signature
            StreamObserver<Object> observer = (StreamObserver<Object>) Objects.requireNonNull(call.getArguments()[1]);
            String refusal = method.refusal();
            if (refusal != null) {
                observer.onError(Status.UNIMPLEMENTED.withDescription(refusal).asRuntimeException());
                return null;
            }
            Held held = new Held();
            call.getArguments()[1] = held;
            try {
                Object unused = call.proceed();
            } catch (Throwable failure) { // every failure is answered or rethrown
                Throwable given = held.failure;
                if (given == null || failure instanceof BranchException) {
                    throw failure;
                }
                observer.onError(given);
                return null;
            }
            observer.onNext(held.answer);
            observer.onCompleted();
            return null;
        };
    }

    private static @Nullable Held held(MethodInvocation call) {
        @Nullable Object[] arguments = call.getArguments();
        return arguments.length == 2 && arguments[1] instanceof Held held ? held : null;
    }

    private static Optional<Object> body(MethodInvocation call, @Nullable Held held) {
        try {
            Object returned = call.proceed();
            return Optional.ofNullable(held == null ? returned : held.given(call));
        } catch (RuntimeException | Error passed) { // an application's exception, which rolls the barrier back
            throw passed;
        } catch (Throwable checked) { // a checked exception rolls the barrier back, so it may be a rejection
            Rejection no = RejectedExceptions.marked(checked);
            throw no == null ? new UndeclaredThrowableException(checked) : no;
        }
    }

    /** The answer of a unary method until its transaction has ended. */
    private static final class Held implements StreamObserver<Object> {
        private volatile @Nullable Object answer;
        private volatile @Nullable Throwable failure;
        private volatile boolean isCompleted;

        @Override
        public void onNext(Object given) {
            answer = given;
        }

        @Override
        public void onError(Throwable given) {
            failure = given;
        }

        @Override
        public void onCompleted() {
            isCompleted = true;
        }

        Object given(MethodInvocation call) throws Throwable {
            Throwable no = failure;
            if (no != null) {
                throw no;
            }
            Object given = answer;
            if (given == null || !isCompleted) {
                throw new IllegalStateException(call.getMethod() + " is @Barriered and returned without onNext and"
                        + " onCompleted, or onError; send the response before the method returns, on its own thread");
            }
            return given;
        }
    }
}
