// The entry points of libgomp by name: GOMP_parallel is what "#pragma omp parallel" compiles to.
#include "parallel.h"

#include <dlfcn.h>
#include <pthread.h>

#include <cstddef>

namespace packtrain {
namespace {

struct OpenMp {
    void (*parallel)(void (*body)(void*), void* context, unsigned num_threads, unsigned flags);
    int (*thread_num)();
    int (*num_threads)();
    int (*max_threads)();
    const char* path;
};

OpenMp open_mp = {nullptr, nullptr, nullptr, nullptr, ""};
pthread_once_t open_mp_sought = PTHREAD_ONCE_INIT;

template <typename Function>
void find(void* library, const char* name, Function* function) {
    *function = reinterpret_cast<Function>(dlsym(library, name));
}

void seek_open_mp() {
    void* library = dlopen("libgomp.so.1", RTLD_LAZY | RTLD_NOLOAD);
    if (library == nullptr) {
        library = dlopen("libgomp.so.1", RTLD_LAZY);
    }
    if (library == nullptr) {
        return;
    }
    OpenMp found = {};
    find(library, "GOMP_parallel", &found.parallel);
    find(library, "omp_get_thread_num", &found.thread_num);
    find(library, "omp_get_num_threads", &found.num_threads);
    find(library, "omp_get_max_threads", &found.max_threads);
    Dl_info info;
    const bool complete = found.parallel && found.thread_num && found.num_threads && found.max_threads;
    if (complete && dladdr(reinterpret_cast<void*>(found.parallel), &info) != 0) {
        found.path = info.dli_fname;  // belongs to the library, which is never closed
        open_mp = found;
    }
}

const OpenMp& pool() {
    pthread_once(&open_mp_sought, seek_open_mp);
    return open_mp;
}

struct Region {
    int64_t num_tasks;
    int64_t next_task;
    Share share;
    TaskBody body;
    void* context;
};

void take_tasks(Region& region, int thread, int num_threads) {
    if (region.share == Share::kStatic) {
        const int64_t end = region.num_tasks * (thread + 1) / num_threads;
        for (int64_t task = region.num_tasks * thread / num_threads; task < end; ++task) {
            region.body(region.context, task, thread);
        }
        return;
    }
    for (;;) {
        const int64_t task = __atomic_fetch_add(&region.next_task, 1, __ATOMIC_RELAXED);
        if (task >= region.num_tasks) {
            return;
        }
        region.body(region.context, task, thread);
    }
}

void in_each_thread(void* region) {
    const OpenMp& omp = pool();
    take_tasks(*static_cast<Region*>(region), omp.thread_num(), omp.num_threads());
}

}  // namespace

const char* thread_pool_path() {
    return pool().path;
}

int default_num_threads() {
    return pool().parallel == nullptr ? 1 : pool().max_threads();
}

int threads_for(int64_t num_tasks, int wished_threads) {
    const int64_t threads = pool().parallel == nullptr ? 1 : wished_threads > 0 ? wished_threads : default_num_threads();
    const int64_t useful = threads < num_tasks ? threads : num_tasks;
    return useful < 1 ? 1 : static_cast<int>(useful);
}

void run_tasks(int64_t num_tasks, int wished_threads, Share share, TaskBody body, void* context) {
    Region region = {num_tasks, 0, share, body, context};
    const int threads = threads_for(num_tasks, wished_threads);
    if (threads == 1) {
        take_tasks(region, 0, 1);
    } else {
        pool().parallel(in_each_thread, &region, static_cast<unsigned>(threads), 0);
    }
}

}  // namespace packtrain
