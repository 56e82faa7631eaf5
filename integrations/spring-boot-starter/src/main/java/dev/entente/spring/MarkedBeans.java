package dev.entente.spring;

import dev.entente.idempotency.IdempotencyKeys;
import dev.entente.idempotency.Idempotent;
import io.grpc.BindableService;
import java.lang.annotation.Annotation;
import java.lang.reflect.Method;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.aopalliance.aop.Advice;
import org.jspecify.annotations.Nullable;
import org.springframework.aop.framework.Advised;
import org.springframework.aop.framework.AopInfrastructureBean;
import org.springframework.aop.framework.AopProxyUtils;
import org.springframework.aop.framework.ProxyFactory;
import org.springframework.aop.scope.ScopedProxyUtils;
import org.springframework.aop.support.AopUtils;
import org.springframework.aop.support.DefaultPointcutAdvisor;
import org.springframework.beans.BeansException;
import org.springframework.beans.factory.FactoryBean;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.core.MethodIntrospector;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.stereotype.Component;
import org.springframework.util.ClassUtils;

/**
 * Finds {@link Barriered} and {@link Idempotent} methods of beans, refuses invalid ones, and adds the barrier to the
 * former. Knows all marked types before the first request, also those of beans that are created later. Thread-safe.
 */
final class MarkedBeans implements BeanPostProcessor, SmartInitializingSingleton {
    private static final String NEEDS_DATABASE = "give the application a PostgreSQL or MariaDB data source"
            + " (spring.datasource.url) and its transaction manager (spring-boot-starter-jdbc or -data-jpa); if there"
            + " are several, mark one @Primary";

    private static final boolean HAS_KEYS =
            ClassUtils.isPresent("dev.entente.idempotency.Idempotent", MarkedBeans.class.getClassLoader());

    private final ConfigurableListableBeanFactory beans;
    private final Map<Place, BarrieredMethod> barriered = new ConcurrentHashMap<>();
    private final Set<String> idempotentRpcs = ConcurrentHashMap.newKeySet();
    private final Set<String> barrieredRpcs = ConcurrentHashMap.newKeySet();
    private final boolean isReactive;
    private volatile boolean hasIdempotentHandlers;

    /** A method of a bean's class, perhaps an inherited one. */
    private record Place(Class<?> type, Method method) {}

    /** @param isReactive whether requests bypass the servlet filter that reads coordinators' calls */
    MarkedBeans(ConfigurableListableBeanFactory beans, boolean isReactive) {
        this.beans = beans;
        this.isReactive = isReactive;
    }

    /** Returns null for a method that is not barriered. */
    @Nullable
    BarrieredMethod method(Class<?> type, Method method) {
        return barriered.get(new Place(type, AopUtils.getMostSpecificMethod(method, type)));
    }

    /** Returns whether a controller has an idempotent handler. */
    boolean hasIdempotentHandlers() {
        return hasIdempotentHandlers;
    }

    boolean isIdempotentRpc(String fullMethodName) {
        return idempotentRpcs.contains(fullMethodName);
    }

    boolean isBarrieredRpc(String fullMethodName) {
        return barrieredRpcs.contains(fullMethodName);
    }

    @Override
    public Object postProcessAfterInitialization(Object bean, String name) {
        Class<?> type = ClassUtils.getUserClass(AopUtils.getTargetClass(bean));
        if (bean instanceof AopInfrastructureBean || isSpringsOwn(type)) {
            return bean;
        }
        TransactionalBarrier barrier = inspect(bean, type);
        if (barrier == null) {
            return bean;
        }
        if (AopUtils.isJdkDynamicProxy(bean)) {
            throw cannotWork(type, "remove spring.aop.proxy-target-class=false");
        }
        return proxied(
                bean,
                bean instanceof BindableService,
                new BarrierAdvice(call -> method(type, call.getMethod()), barrier));
    }

    /**
     * Inspects all types of beans, also of lazy and scoped ones, which have no instance yet. Refuses beans that were
     * created before this class could add the barrier.
     */
    @Override
    public void afterSingletonsInstantiated() {
        for (String name : beans.getBeanNamesForType(Object.class, true, false)) {
            Class<?> type = type(name);
            if (type == null || isSpringsOwn(type) || !hasMarks(type)) {
                continue;
            }
            boolean isService = BindableService.class.isAssignableFrom(type);
            if (isService && !ScopedProxyUtils.isScopedTarget(name) && !beans.isPrototype(name)) {
                inspect(beans.getBean(name), type); // the service has the descriptor; servers create the service, too
            } else if (!isService) {
                inspect(null, type);
            }
            Object made = beans.getSingleton(name);
            if (made != null && !(made instanceof FactoryBean<?>)) {
                requireBarrier(made, type);
            }
        }
    }

    private @Nullable Class<?> type(String name) {
        try {
            Class<?> type = beans.getType(name, false);
            return type == null ? null : ClassUtils.getUserClass(type);
        } catch (BeansException | LinkageError unknown) { // a class is missing; the bean's creation reports it
            return null;
        }
    }

    /** Inspects a handler that is no bean, and refuses the handler if it needs the barrier. */
    void require(Object handler, Class<?> type) {
        if (inspect(null, type) != null) {
            requireBarrier(handler, type);
        }
    }

    private void requireBarrier(Object handler, Class<?> type) {
        boolean isMarked = barriered.keySet().stream().anyMatch(place -> place.type() == type);
        if (isMarked && !hasBarrier(handler)) {
            throw cannotWork(
                    type,
                    "the handler was created manually, or before the barrier could intercept it; make the handler a"
                            + " bean, and if a BeanPostProcessor needs the handler, inject ObjectProvider or @Lazy"
                            + " there");
        }
    }

    private static boolean hasBarrier(Object handler) {
        Object each = handler;
        while (each instanceof Advised proxy) {
            if (Stream.of(proxy.getAdvisors()).anyMatch(one -> one instanceof BarrierAdvisor)) {
                return true;
            }
            each = AopProxyUtils.getSingletonTarget(each);
        }
        return false;
    }

    private static boolean hasMarks(Class<?> type) {
        return AnnotatedElementUtils.hasAnnotation(type, Barriered.class)
                || !marks(type, Barriered.class).isEmpty()
                || !keys(type).isEmpty();
    }

    /**
     * Inspects the annotations of a type.
     *
     * @param bean an instance, required for a gRPC service; null for a controller without an instance
     * @return the barrier for the type's handlers; null if none is barriered
     */
    @Nullable
    TransactionalBarrier inspect(@Nullable Object bean, Class<?> type) {
        Map<Method, Barriered> barriers = marks(type, Barriered.class);
        Barriered ofAll = AnnotatedElementUtils.findMergedAnnotation(type, Barriered.class);
        Set<Method> keys = keys(type);
        if (barriers.isEmpty() && ofAll == null && keys.isEmpty()) {
            return null;
        }
        Handlers handlers = Handlers.of(bean, type);
        if (isReactive && !handlers.isService()) {
            throw reactive("@Barriered and @Idempotent cannot work on " + type.getName());
        }
        if (ofAll != null) {
            handlers.all().forEach(method -> barriers.putIfAbsent(method, ofAll));
        }
        keys.forEach(method -> idempotent(handlers, method));
        if (ofAll == null && barriers.isEmpty()) {
            return null;
        }
        for (Map.Entry<Method, Barriered> each : barriers.entrySet()) {
            BarrieredMethod method = new BarrieredMethod(each.getValue(), handlers.format(each.getKey()));
            barriered.put(new Place(type, each.getKey()), method);
            if (handlers.isService()) {
                barrieredRpcs.add(handlers.rpc(each.getKey()).getFullMethodName());
            }
        }
        TransactionalBarrier barrier =
                beans.getBeanProvider(TransactionalBarrier.class).getIfUnique();
        if (barriers.isEmpty() || barrier == null) {
            throw cannotWork(
                    type, barriers.isEmpty() ? "there is no handler in the class; " + Handlers.PLACES : NEEDS_DATABASE);
        }
        return barrier;
    }

    static WrongSetup reactive(String what) {
        return new WrongSetup(
                what + ", because the web application is reactive",
                "use Spring MVC: spring-boot-starter-webmvc, without spring.main.web-application-type=reactive",
                null);
    }

    private static WrongSetup cannotWork(Class<?> type, String action) {
        return new WrongSetup("@Barriered cannot work on " + type.getName(), action, null);
    }

    /** Returns whether a class is Spring's. It may refer to missing classes. Spring's samples also have this prefix. */
    private static boolean isSpringsOwn(Class<?> type) {
        return type.getName().startsWith("org.springframework.")
                && !AnnotatedElementUtils.isAnnotated(type, Component.class);
    }

    private void idempotent(Handlers handlers, Method method) {
        handlers.require(method, Idempotent.class);
        if (beans.getBeanProvider(IdempotencyKeys.class).getIfUnique() == null) {
            throw new WrongSetup(
                    "@Idempotent on " + method + " needs a bean of IdempotencyKeys, and there is none",
                    NEEDS_DATABASE,
                    null);
        }
        if (handlers.isService()) {
            idempotentRpcs.add(handlers.rpc(method).getFullMethodName());
        } else {
            hasIdempotentHandlers = true;
        }
    }

    /** Returns the methods with keys; none without the artifact. */
    private static Set<Method> keys(Class<?> type) {
        return HAS_KEYS ? marks(type, Idempotent.class).keySet() : Set.of();
    }

    private static <A extends Annotation> Map<Method, A> marks(Class<?> type, Class<A> mark) {
        MethodIntrospector.MetadataLookup<A> lookup =
                method -> AnnotatedElementUtils.findMergedAnnotation(method, mark);
        return new HashMap<>(MethodIntrospector.selectMethods(type, lookup));
    }

    /** Adds the barrier inside other advice of the bean, such as security. */
    private static Object proxied(Object bean, boolean isService, BarrierAdvice advice) {
        ProxyFactory made = new ProxyFactory();
        Advised proxy = bean instanceof Advised already && !already.isFrozen() ? already : made;
        proxy.addAdvisor(new BarrierAdvisor(advice.barrier()));
        if (isService) {
            proxy.addAdvice(0, advice.answering());
        }
        if (!proxy.equals(made)) {
            return bean;
        }
        made.setTarget(bean);
        made.setProxyTargetClass(true);
        return made.getProxy(bean.getClass().getClassLoader());
    }

    /** Marks a proxy that has the barrier. */
    private static final class BarrierAdvisor extends DefaultPointcutAdvisor {
        private static final long serialVersionUID = 1;

        BarrierAdvisor(Advice barrier) {
            super(barrier);
        }
    }
}
