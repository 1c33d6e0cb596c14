#include <netcdf.h>

#include "reader.h"
