#include "student_text.h"

#pragma clang diagnostic ignored "-Wc23-extensions"

static const char kernels[] = {
#embed "../CStudentKernels/products.h"
    , 0};

static const char runtime[] = {
#embed "../StudentRuntime/Format.swift"
    , 10,
#embed "../StudentRuntime/Operation.swift"
    , 10,
#embed "../StudentRuntime/Student.swift"
    , 10,
#embed "../StudentRuntime/StudentError.swift"
    , 10,
#embed "../StudentRuntime/StudentNetwork.swift"
    , 10,
#embed "../StudentRuntime/Kernels/Densities.swift"
    , 10,
#embed "../StudentRuntime/Kernels/Elementary.swift"
    , 10,
#embed "../StudentRuntime/Kernels/Lanes.swift"
    , 10,
#embed "../StudentRuntime/Kernels/Maps.swift"
    , 10,
#embed "../StudentRuntime/Kernels/NADE.swift"
    , 10,
#embed "../StudentRuntime/Kernels/Operations.swift"
    , 10,
#embed "../StudentRuntime/Kernels/Products.swift"
    , 10,
#embed "../StudentRuntime/Kernels/Recurrence.swift"
    , 10,
#embed "../StudentRuntime/Kernels/Sequence.swift"
    , 10,
#embed "../StudentRuntime/Kernels/Window.swift"
    , 0};

const char *student_kernels_text(void) { return kernels; }

const char *student_runtime_text(void) { return runtime; }
