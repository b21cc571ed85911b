// Threads for the kernels: those of the OpenMP runtime that libtorch and MKL use.
//
// The library does not depend on OpenMP when it is linked. It looks for libgomp when threads are first needed: the copy
// that is already in the process (libtorch's), else the system's. So a kernel called from the thread that calls libtorch
// runs on the threads of libtorch, and no second pool fights the first for the cores. Without libgomp everything runs in
// the calling thread, and thread_pool_path() is empty.
//
// The caller cuts its work into tasks in a way that does not depend on the number of threads, and each task writes its
// own output: then neither the number of threads nor the distribution changes a bit of the result.
#pragma once

#include <cstdint>

namespace packtrain {

enum class Share {
    kStatic,   // thread t of n takes the t-th n-th of the tasks: for equal tasks over memory
    kDynamic,  // each thread takes the next task when it has finished one: for unequal tasks
};

using TaskBody = void (*)(void* context, int64_t task, int thread);

// File of the OpenMP runtime in use, "" where there is none.
const char* thread_pool_path();

// What a wish for 0 threads means in the calling thread: omp_get_max_threads(), 1 without OpenMP.
int default_num_threads();

// Threads that run_tasks uses at most: the wish, or the default where it is 0, and no more than tasks. At least 1.
int threads_for(int64_t num_tasks, int wished_threads);

// Calls body(context, task, thread) once for each task in 0..num_tasks-1, with 0 <= thread < threads_for(...), which is
// the number of the caller's scratch memory. Returns when all are done. Inside another parallel region it does not
// start more threads.
void run_tasks(int64_t num_tasks, int wished_threads, Share share, TaskBody body, void* context);

// The same with a function object: body(int64_t task, int thread).
template <typename Body>
void parallel_for(int64_t num_tasks, int wished_threads, Share share, Body body) {
    run_tasks(
        num_tasks, wished_threads, share,
        [](void* context, int64_t task, int thread) { (*static_cast<Body*>(context))(task, thread); }, &body);
}

}  // namespace packtrain
