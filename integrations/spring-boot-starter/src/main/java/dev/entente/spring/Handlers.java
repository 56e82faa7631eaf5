package dev.entente.spring;

import com.google.protobuf.Message;
import dev.entente.participant.AnswerFormat;
import io.grpc.BindableService;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.MethodDescriptor.PrototypeMarshaller;
import io.grpc.ServerMethodDefinition;
import io.grpc.stub.StreamObserver;
import java.lang.annotation.Annotation;
import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.core.MethodIntrospector;
import org.springframework.core.ResolvableType;
import org.springframework.core.annotation.MergedAnnotations;
import org.springframework.core.annotation.MergedAnnotations.SearchStrategy;
import org.springframework.stereotype.Controller;

/**
 * The handlers of one bean: a controller's, or the methods of a gRPC service. Immutable.
 *
 * @param rpcs by their Java method names, in lower case; null for a controller
 */
record Handlers(Class<?> type, @Nullable Map<String, MethodDescriptor<?, ?>> rpcs) {
    /** The advice for an annotation in a wrong place. */
    static final String PLACES = "put it on a mapped method of a @Controller, or a unary method of a BindableService";

    private static final String OPEN =
            "make it a public method that is neither static nor final, in a class that is not"
                    + " final (Kotlin: open)";
    private static final String WEB = "org.springframework.web.";
    private static final String WEB_ENTITY = "org.springframework.http.";
    private static final String BODY = WEB + "bind.annotation.ResponseBody";
    private static final List<String> MAPPED =
            List.of(WEB + "bind.annotation.RequestMapping", WEB + "service.annotation.HttpExchange");
    /** Prefixes of types with values that are rendered after the method has returned, or as a view. */
    private static final List<String> UNKEPT = List.of(
            WEB + "servlet.",
            WEB + "context.request.async.",
            "org.springframework.ui.",
            "org.reactivestreams.",
            "reactor.",
            "java.util.concurrent.");

    /** @param bean null for a controller that has no instance yet */
    static Handlers of(@Nullable Object bean, Class<?> type) {
        if (!(bean instanceof BindableService service)) {
            return new Handlers(type, null);
        }
        Map<String, MethodDescriptor<?, ?>> rpcs = new HashMap<>();
        for (ServerMethodDefinition<?, ?> served : service.bindService().getMethods()) {
            rpcs.put(
                    inJava(String.valueOf(served.getMethodDescriptor().getBareMethodName())),
                    served.getMethodDescriptor());
        }
        return new Handlers(type, rpcs);
    }

    boolean isService() {
        return rpcs != null;
    }

    /** Returns the handlers of the bean's own classes. */
    Set<Method> all() {
        return MethodIntrospector.selectMethods(type, (Method method) -> isHandler(method) && !isGenerated(method));
    }

    /** Refuses an annotation that is not on a handler with a single answer. */
    void require(Method method, Class<? extends Annotation> mark) {
        if (!isHandler(method)) {
            throw wrong(method, mark, "is not a handler", PLACES);
        }
        if (rpcs != null && rpc(method).getType() != MethodType.UNARY) {
            throw wrong(method, mark, "is a streaming method", "annotate only unary methods, each method separately");
        }
    }

    /** Returns how a gRPC method's answer is stored, null for a controller's; or refuses the barriered method. */
    @Nullable
    AnswerFormat<Optional<Object>> format(Method method) {
        require(method, Barriered.class);
        int modifiers = method.getModifiers();
        if (Modifier.isFinal(type.getModifiers())) {
            throw wrong(method, Barriered.class, "is in a final class, so that no proxy can intercept it", OPEN);
        }
        if ((modifiers & (Modifier.PRIVATE | Modifier.STATIC | Modifier.FINAL)) != 0) {
            throw wrong(
                    method,
                    Barriered.class,
                    "is " + Modifier.toString(modifiers) + ", so that no proxy can intercept it",
                    OPEN);
        }
        if (rpcs == null) {
            requireAnswer(method);
            return null;
        }
        if (rpc(method).getResponseMarshaller() instanceof PrototypeMarshaller<?> marshaller
                && marshaller.getMessagePrototype() instanceof Message prototype) {
            return BarrieredMethod.protobuf(prototype);
        }
        throw wrong(method, Barriered.class, "returns no protobuf message", "call TransactionalBarrier.run in it");
    }

    /** Refuses a controller's method with an incomplete answer at its return, or with a view. */
    private void requireAnswer(Method method) {
        ResolvableType answer = ResolvableType.forMethodReturnType(method, type);
        Class<?> plain = answer.toClass();
        boolean isEntity = plain.getName().startsWith(WEB_ENTITY);
        String name = (isEntity ? answer.getGeneric().toClass() : plain).getName();
        if (!(isEntity || has(type, List.of(BODY)) || has(method, List.of(BODY)))
                || UNKEPT.stream().anyMatch(name::startsWith)) {
            throw wrong(
                    method,
                    Barriered.class,
                    "returns " + answer + ", which is a view, or not complete when the method returns",
                    "return a value in a @RestController or with @ResponseBody, a ResponseEntity of one, or void");
        }
        if (Stream.of(method, type).anyMatch(Handlers::hasReason)) {
            throw wrong(
                    method,
                    Barriered.class,
                    "has @ResponseStatus with a reason, for which the servlet container sends an error page",
                    "remove the reason");
        }
    }

    /** Returns the rpc of a service's handler. */
    MethodDescriptor<?, ?> rpc(Method method) {
        return Objects.requireNonNull(
                Objects.requireNonNull(rpcs, "a controller").get(inJava(method.getName())), method.getName());
    }

    private boolean isHandler(Method method) {
        return rpcs == null
                ? has(type, List.of(Controller.class.getName())) && has(method, MAPPED)
                : rpcs.containsKey(inJava(method.getName()))
                        && Arrays.asList(method.getParameterTypes()).contains(StreamObserver.class);
    }

    /** Returns whether protoc generated the method, and no class overrides it. */
    private static boolean isGenerated(Method method) {
        Class<?> outer = method.getDeclaringClass().getEnclosingClass();
        return outer != null && outer.getSimpleName().endsWith("Grpc");
    }

    private static boolean hasReason(AnnotatedElement element) {
        return MergedAnnotations.from(element, SearchStrategy.TYPE_HIERARCHY)
                .get(WEB + "bind.annotation.ResponseStatus")
                .getValue("reason", String.class)
                .filter(reason -> !reason.isEmpty())
                .isPresent();
    }

    private static boolean has(AnnotatedElement element, List<String> annotations) {
        MergedAnnotations all = MergedAnnotations.from(element, SearchStrategy.TYPE_HIERARCHY);
        return annotations.stream().anyMatch(all::isPresent);
    }

    /** Returns a name without case and underscores, which protoc changes: {@code placeOrder}, {@code return_}. */
    private static String inJava(String name) {
        return name.replace("_", "").toLowerCase(Locale.ROOT);
    }

    private WrongSetup wrong(Method method, Class<? extends Annotation> mark, String what, String action) {
        return new WrongSetup(
                "@" + mark.getSimpleName() + " cannot work: " + type.getName() + "." + method.getName() + " " + what,
                action,
                null);
    }
}
