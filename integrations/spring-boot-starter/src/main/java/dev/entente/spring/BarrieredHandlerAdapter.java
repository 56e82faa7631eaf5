package dev.entente.spring;

import dev.entente.http.BufferedHttpResponse;
import dev.entente.http.StoredHttpResponse;
import dev.entente.participant.AnswerFormat;
import dev.entente.participant.Branch;
import dev.entente.participant.Rejection;
import dev.entente.wire.StoredAnswer;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.aop.support.AopUtils;
import org.springframework.core.MethodParameter;
import org.springframework.core.Ordered;
import org.springframework.http.HttpEntity;
import org.springframework.util.ClassUtils;
import org.springframework.web.accept.ContentNegotiationManager;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.context.request.NativeWebRequest;
import org.springframework.web.context.request.RequestAttributes;
import org.springframework.web.context.request.RequestContextHolder;
import org.springframework.web.context.request.ServletWebRequest;
import org.springframework.web.method.HandlerMethod;
import org.springframework.web.method.support.HandlerMethodReturnValueHandler;
import org.springframework.web.method.support.ModelAndViewContainer;
import org.springframework.web.servlet.HandlerAdapter;
import org.springframework.web.servlet.ModelAndView;
import org.springframework.web.servlet.mvc.method.annotation.HttpEntityMethodProcessor;
import org.springframework.web.servlet.mvc.method.annotation.HttpHeadersReturnValueHandler;
import org.springframework.web.servlet.mvc.method.annotation.JsonViewResponseBodyAdvice;
import org.springframework.web.servlet.mvc.method.annotation.RequestMappingHandlerAdapter;
import org.springframework.web.servlet.mvc.method.annotation.RequestResponseBodyMethodProcessor;
import org.springframework.web.servlet.mvc.method.annotation.ResponseBodyEmitter;
import org.springframework.web.servlet.mvc.method.annotation.StreamingResponseBody;

/**
 * Serves coordinators' calls to barriered handlers. The barrier renders the answer inside the transaction and stores
 * its status, headers and bytes. This adapter sends them, and Spring MVC renders nothing afterwards. No {@code
 * ResponseBodyAdvice} of the application changes the answer. Thread-safe.
 */
final class BarrieredHandlerAdapter implements HandlerAdapter, HandlerMethodReturnValueHandler, Ordered {
    /** Stores complete HTTP answers. */
    static final AnswerFormat<StoredHttpResponse> FORMAT = new Format();

    private static final String RENDERING = BarrieredHandlerAdapter.class.getName();
    /** Statuses below 500 with which a server requests a later repetition. */
    private static final Set<Integer> LATER = Set.of(408, 425, 429);

    private static final int SUCCESS = 2;
    private static final int REFUSAL = 4;

    private final MarkedBeans beans;
    private final RequestMappingHandlerAdapter adapter;
    private final List<HandlerMethodReturnValueHandler> others;
    private final RequestResponseBodyMethodProcessor bodies;
    private final HttpEntityMethodProcessor entities;

    BarrieredHandlerAdapter(
            MarkedBeans beans, RequestMappingHandlerAdapter adapter, ContentNegotiationManager negotiation) {
        this.beans = beans;
        this.adapter = adapter;
        this.others = List.copyOf(Objects.requireNonNullElse(adapter.getReturnValueHandlers(), List.of()));
        boolean hasViews = ClassUtils.isPresent(
                "com.fasterxml.jackson.annotation.JsonView", getClass().getClassLoader());
        List<Object> advices = hasViews ? List.of(new JsonViewResponseBodyAdvice()) : List.of();
        bodies = new RequestResponseBodyMethodProcessor(adapter.getMessageConverters(), negotiation, advices);
        entities = new HttpEntityMethodProcessor(adapter.getMessageConverters(), negotiation, advices);
        List<HandlerMethodReturnValueHandler> all = new ArrayList<>(List.of(this));
        all.addAll(others);
        adapter.setReturnValueHandlers(all);
    }

    @Override
    public int getOrder() {
        return 0; // before RequestMappingHandlerAdapter
    }

    @Override
    public boolean supports(Object handler) {
        return handler instanceof HandlerMethod mapped && isServed(mapped.getBeanType(), mapped.getMethod());
    }

    private boolean isServed(Class<?> type, @Nullable Method method) {
        return method != null && Branch.current().isPresent() && beans.method(type, method) != null;
    }

    @Override
    public boolean supportsReturnType(MethodParameter returned) {
        return isServed(returned.getContainingClass(), returned.getMethod());
    }

    /** Renders nothing, because the barrier has rendered the answer. */
    @Override
    public void handleReturnValue(
            @Nullable Object value, MethodParameter type, ModelAndViewContainer container, NativeWebRequest request) {
        container.setRequestHandled(true);
    }

    @Override
    public @Nullable ModelAndView handle(HttpServletRequest request, HttpServletResponse response, Object handler)
            throws Exception {
        Rendering rendering = new Rendering(request, response, (HandlerMethod) handler);
        request.setAttribute(RENDERING, rendering);
        try {
            adapter.handle(request, rendering.held, handler);
            rendering.send(response);
        } catch (NotFinal unkept) {
            rendering.pass(response);
        } finally {
            request.removeAttribute(RENDERING);
        }
        return null;
    }

    private boolean isLater(@Nullable Object body) {
        return body instanceof ResponseBodyEmitter
                || body instanceof StreamingResponseBody
                || (body != null && adapter.getReactiveAdapterRegistry().getAdapter(body.getClass()) != null);
    }

    /** Returns the answer of the current request. Refuses a call that does not come from Spring MVC. */
    static Rendering current(Method method) {
        RequestAttributes request = RequestContextHolder.getRequestAttributes();
        Object found = request == null ? null : request.getAttribute(RENDERING, RequestAttributes.SCOPE_REQUEST);
        if (found instanceof Rendering rendering && rendering.isOf(method)) {
            return rendering;
        }
        throw new IllegalStateException(method + " is @Barriered but was not called by Spring MVC, which sends the"
                + " response to the coordinator; put TransactionalBarrier.run into the handler that Spring MVC calls");
    }

    /** The answer of one call. For one thread. */
    final class Rendering {
        private final HttpServletRequest request;
        private final BufferedHttpResponse held;
        private final HandlerMethod method;
        private @Nullable StoredHttpResponse kept;

        private Rendering(HttpServletRequest request, HttpServletResponse response, HandlerMethod method) {
            this.request = request;
            this.held = new BufferedHttpResponse(response, Integer.MAX_VALUE, true);
            this.method = method;
        }

        private boolean isOf(Method called) {
            return AopUtils.getMostSpecificMethod(called, method.getBeanType())
                    .equals(AopUtils.getMostSpecificMethod(method.getMethod(), method.getBeanType()));
        }

        /**
         * Renders the handler's return value, as Spring MVC does.
         *
         * @throws Rejection for a status of 4xx, with this answer
         * @throws RuntimeException for a status that is no final answer: the transaction is rolled back
         */
        StoredHttpResponse render(@Nullable Object value) throws Exception {
            ResponseStatus mark = method.getMethodAnnotation(ResponseStatus.class);
            if (mark != null) {
                held.setStatus(mark.code().value());
            }
            if (value != null) {
                MethodParameter type = method.getReturnValueType(value);
                renderer(value, type)
                        .handleReturnValue(
                                value, type, new ModelAndViewContainer(), new ServletWebRequest(request, held));
            }
            StoredHttpResponse answer = held.answer();
            int status = answer.status();
            if (status / 100 == SUCCESS) {
                return answer;
            }
            if (status / 100 != REFUSAL || LATER.contains(status)) {
                throw new NotFinal();
            }
            String code = "HTTP_" + status;
            throw held.hasFailed()
                    ? new Rejection(code, held.errorMessage())
                    : new Rejection(code, new String(answer.body(), StandardCharsets.UTF_8))
                            .answeredWith(answer.stored());
        }

        private HandlerMethodReturnValueHandler renderer(Object value, MethodParameter type) {
            if (entities.supportsReturnType(type)) {
                Object body = value instanceof HttpEntity<?> entity ? entity.getBody() : value;
                if (!isLater(body)) {
                    return entities;
                }
            }
            HandlerMethodReturnValueHandler springs = others.stream()
                    .filter(each -> each.supportsReturnType(type))
                    .findFirst()
                    .orElse(null);
            if (springs instanceof RequestResponseBodyMethodProcessor) {
                return bodies;
            }
            if (springs instanceof HttpHeadersReturnValueHandler) {
                return springs;
            }
            throw new IllegalStateException("ENT-088: @Barriered cannot store the return value of "
                    + method.getShortLogMessage()
                    + ", a " + type.getParameterType().getName() + "; return a value in a @RestController or with"
                    + " @ResponseBody, or a ResponseEntity of a value");
        }

        /** Records the barrier's answer, new or stored. Later settings and writes are ignored. */
        void keep(StoredHttpResponse answer) {
            kept = answer;
            held.close();
        }

        private void send(HttpServletResponse response) throws IOException {
            if (kept == null) {
                throw new IllegalStateException(method.getShortLogMessage()
                        + " is @Barriered, and an advice before the barrier did not call it");
            }
            held.withdraw();
            kept.sendTo(response);
        }

        /** Sends an answer that is not stored. */
        private void pass(HttpServletResponse response) throws IOException {
            String message = held.errorMessage();
            if (!held.hasFailed()) {
                StoredHttpResponse.write(response, held.body());
            } else if (message == null) {
                response.sendError(held.getStatus());
            } else {
                response.sendError(held.getStatus(), message);
            }
        }
    }

    /** Rolls back a handler with a status that is no final answer. */
    private static final class NotFinal extends RuntimeException {
        private static final long serialVersionUID = 1;

        NotFinal() {
            super("the handler returned a status that is not a final response", null, false, false);
        }
    }

    private static final class Format implements AnswerFormat<StoredHttpResponse> {
        @Override
        public StoredHttpResponse none() {
            return restore(StoredAnswer.of(new byte[0]));
        }

        @Override
        public byte[] write(StoredHttpResponse answer) {
            return answer.body();
        }

        @Override
        public StoredHttpResponse read(byte[] stored) {
            return restore(StoredAnswer.of(stored));
        }

        @Override
        public StoredAnswer store(StoredHttpResponse answer) {
            return answer.stored();
        }

        @Override
        public StoredHttpResponse restore(StoredAnswer stored) {
            return StoredHttpResponse.of(stored);
        }
    }
}
